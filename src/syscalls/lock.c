/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What may be done by code that came with a script: compute, and write to what is open. No
 * file, no network, no other process (seccomp(2)). A filter for the kernel, which the
 * interpreter sets when it has loaded all that it needs.
 */
#include "own.h"

#include <tcpcraft/hex.h>

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#elif defined(__i386__)
#define ARCH AUDIT_ARCH_I386
#elif defined(__arm__)
#define ARCH AUDIT_ARCH_ARM
#elif defined(__riscv) && __riscv_xlen == 64
#define ARCH AUDIT_ARCH_RISCV64
#else
#define ARCH 0			/* then there is no code */
#endif

static const unsigned allowed[] = {
	SYS_read, SYS_write, SYS_close, SYS_lseek, SYS_fstat, SYS_brk, SYS_munmap, SYS_mremap,
	SYS_madvise, SYS_mprotect, SYS_futex, SYS_rt_sigreturn, SYS_rt_sigaction,
	SYS_rt_sigprocmask, SYS_sigaltstack, SYS_getpid, SYS_gettid, SYS_getrandom, SYS_exit,
	SYS_exit_group, SYS_clock_gettime,
#ifdef SYS_mmap
	SYS_mmap,
#endif
#ifdef SYS_mmap2
	SYS_mmap2,
#endif
};

#define ALLOWED (sizeof allowed / sizeof *allowed)

int tc_code_lock(struct tc_buf *out, struct tc_error *err)
{
	struct sock_filter f[ALLOWED + 6] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	size_t n = 4;

	if (!ARCH)
		return tc_fail(err, -EOPNOTSUPP, "code in %%{ }%% is not run on this processor: it "
			       "could do anything");
	for (size_t i = 0; i < ALLOWED; i++)	/* one that is allowed goes to the last line */
		f[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i],
						      (uint8_t)(ALLOWED - i), 0);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	f[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	tc_hex_encode(out, (const uint8_t *)f, n * sizeof *f);
	return 0;
}
