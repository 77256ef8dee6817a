; SPDX-License-Identifier: BSD-2-Clause
; A server that listens and does nothing else, x86-64 Linux, no library:
; socket, bind 0.0.0.0:4444, listen 5, then sleep for ever. It never accepts, so that
; what a client sees is the kernel's part alone: connections up to the backlog are
; established by nobody's doing, then SYNs go unanswered.
;
;	nasm -f elf64 -o listen_only.o listen_only.asm && ld -o listen_only listen_only.o
;
; Says "listening on port 4444" when it does. Exit: 1 no socket, 2 no bind, 3 no listen,
; 4 standard output is gone, 5 pause came back without a signal.

SYS_WRITE	equ 1
SYS_PAUSE	equ 34
SYS_SOCKET	equ 41
SYS_BIND	equ 49
SYS_LISTEN	equ 50
SYS_SETSOCKOPT	equ 54
SYS_EXIT	equ 60
AF_INET		equ 2
SOCK_STREAM	equ 1
SOL_SOCKET	equ 1
SO_REUSEADDR	equ 2
BACKLOG		equ 5
PORT		equ 4444
EINTR		equ 4

; text NAME, "...": the bytes and their number, NAME_len
%macro text 2
%1:	db %2, 10
%1_len	equ $ - %1
%endmacro

; fail_if_negative MESSAGE, EXIT CODE: rax is the result of a system call
%macro fail_if_negative 2
	test	rax, rax
	jns	%%fine
	mov	rsi, %1
	mov	edx, %1_len
	mov	ebx, %2
	jmp	fail
%%fine:
%endmacro

section .rodata
text up, "listening on port 4444"
text no_socket, "listen_only: socket failed"
text no_bind, "listen_only: bind to 0.0.0.0:4444 failed: is the port in use?"
text no_listen, "listen_only: listen failed"
text no_output, "listen_only: standard output is gone"
text no_pause, "listen_only: pause came back"
one:	dd 1
; struct sockaddr_in: family in the host's order, port and address in the network's
address:
	dw AF_INET
	db PORT >> 8, PORT & 0xff
	dd 0
	dq 0
address_len equ $ - address

section .text
global _start
_start:
	mov	eax, SYS_SOCKET
	mov	edi, AF_INET
	mov	esi, SOCK_STREAM
	xor	edx, edx
	syscall
	fail_if_negative no_socket, 1
	mov	r12, rax

	mov	eax, SYS_SETSOCKOPT
	mov	rdi, r12
	mov	esi, SOL_SOCKET
	mov	edx, SO_REUSEADDR
	mov	r10, one
	mov	r8d, 4
	syscall
	fail_if_negative no_socket, 1

	mov	eax, SYS_BIND
	mov	rdi, r12
	mov	rsi, address
	mov	edx, address_len
	syscall
	fail_if_negative no_bind, 2

	mov	eax, SYS_LISTEN
	mov	rdi, r12
	mov	esi, BACKLOG
	syscall
	fail_if_negative no_listen, 3

	mov	eax, SYS_WRITE
	mov	edi, 1
	mov	rsi, up
	mov	edx, up_len
	syscall
	fail_if_negative no_output, 4

wait_for_ever:
	mov	eax, SYS_PAUSE
	syscall
	cmp	rax, -EINTR
	je	wait_for_ever
	mov	rsi, no_pause
	mov	edx, no_pause_len
	mov	ebx, 5

; rsi, edx: the message for standard error; ebx: the exit code
fail:
	mov	eax, SYS_WRITE
	mov	edi, 2
	syscall
	mov	eax, SYS_EXIT
	mov	edi, ebx
	syscall

section .note.GNU-stack noalloc noexec nowrite progbits
