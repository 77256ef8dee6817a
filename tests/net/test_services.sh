#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Servers that others wrote: nginx serves a file, OpenSSH says who it is. Both are run
# here, from where they are installed or unpacked, and know nothing of tcpcraft.
# shellcheck source=tests/net/lib.sh
. "$(dirname "$0")/lib.sh"

need tshark dumpcap
net_pair
observe wire srv s0 tcp

# ---- nginx -----------------------------------------------------------------------

peer nginx
mkdir -p $WORK/www
seq 20000 >$WORK/www/numbers
cat >$WORK/nginx.conf <<END
user root root;
daemon off;
master_process off;
pid $WORK/nginx.pid;
error_log stderr;
events { }
http {
	access_log off;
	client_body_temp_path $WORK; proxy_temp_path $WORK; fastcgi_temp_path $WORK;
	uwsgi_temp_path $WORK; scgi_temp_path $WORK;
	server { listen $SERVER_HOST:80; root $WORK/www; }
}
END
start nginx srv "$PEER" -e stderr -c $WORK/nginx.conf -p $WORK
nginx=$PID
listening() {
	in_ns srv ss -Htln "sport = :$1" | grep -q LISTEN
}
check "nginx listens" wait_for 10 listening 80

# Two requests on one connection (keep-alive); the second asks for the end. Our side stays
# open until then: nginx drops the rest of an answer when the client half-closes.
mkfifo $WORK/requests
exec 8<>$WORK/requests
printf 'GET /numbers HTTP/1.1\r\nHost: a\r\n\r\n' >&8
printf 'GET /numbers HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n' >&8
run 30 "$TCPCRAFT" connect "$SERVER_IP" 80 -q <$WORK/requests
exec 8>&-
same "the connection ends well" "$RC" 0
same "both answers are 200" "$(grep -ac '^HTTP/1.1 200 OK' "$OUT")" 2
tr -d '\r' <"$OUT" | grep -axE '[0-9]+' >$WORK/got
cat $WORK/www/numbers $WORK/www/numbers >$WORK/want
check "and the file came whole, twice" cmp $WORK/got $WORK/want
stop "$nginx" QUIT

# ---- OpenSSH ---------------------------------------------------------------------

peer ssh-keygen
"$PEER" -q -t ed25519 -N '' -f $WORK/host_key
peer sshd
# It drops its rights to a user that an unpacked server has not got.
grep -v '^sshd:' /etc/passwd >$WORK/passwd
echo "sshd:x:65534:65534::/run/sshd:/usr/sbin/nologin" >>$WORK/passwd
mount --bind $WORK/passwd /etc/passwd
mkdir /run/sshd
# Since 9.8 programs of their own serve a connection: it looks for them where it is installed.
ssh_server() {
	local part file
	for part in session auth; do
		file=${PEER%/sbin/sshd}/lib/openssh/sshd-$part
		[ ! -e "$file" ] || set -- "$@" -o "Sshd${part}Path=$file"
	done
	start sshd srv "$PEER" -D -e -f /dev/null -h $WORK/host_key -p 22 "$@"
}
ssh_server -o "ListenAddress=$SERVER_IP"
sshd=$PID
check "sshd listens" wait_for 10 listening 22
run 30 "$TCPCRAFT" connect "$SERVER_IP" 22 -q --timeout 1 --data-string "SSH-2.0-tcpcraft
"
matches "sshd says who it is" "$OUT" '^SSH-2\.0-OpenSSH_'
stop "$sshd"

observed wire
check_wire wire "ip.src == $CLIENT_IP"
nothing_left
