# shellcheck shell=sh disable=SC3043,SC2086
# ($WORK is one word.)
# SPDX-License-Identifier: BSD-2-Clause
# For live tests of what runs as root: places that may be harmed, because they are the
# test's own, and a picture of them. Sourced behind lib.sh.
#
#	private_places		from here on /dev, /etc, /var, /tmp, /home, /root and /opt are
#				copies, and where we are root /usr cannot be written
#	picture NAME		remembers what is there now
#	unchanged NAME TEXT [ERE]
#				ok when all is as in picture NAME, node for node, with owner,
#				mode, content; lines that match ERE may differ
PLACES="/dev /etc /var /tmp /home /root /opt /run/lock"

# What is to be harmed must be the test's own, or the test is over before it begins.
no_places() {
	skip_all "no places of our own here, that may be harmed (run it as root): $1"
}

# over PLACE OPTIONS: an empty folder of our own over it
over() {
	mount -t tmpfs -o "$2" tmpfs "$1" 2>$WORK/why || no_places "$1: $(cat $WORK/why)"
}

# bound FROM TO [OPTION]
bound() {
	mount "${3:---bind}" "$1" "$2" 2>$WORK/why || no_places "$2: $(cat $WORK/why)"
}

# Nodes of our own where the kernel lets us make some: to remove one harms nobody then.
# (In a user namespace it does not; one that is bound there cannot be removed, and the
# attempt is an error that the tests see.)
own_node() {
	[ ! -e "/dev/$1" ] || no_places "/dev/$1 is there already"
	mknod -m "$2" "/dev/$1" c "$3" "$4" 2>>$WORK/nodes &&
		dd if=$WORK/dev/null of="/dev/$1" count=0 2>>$WORK/nodes && return
	rm -f "/dev/$1"
	: >"/dev/$1"
	bound "$WORK/dev/$1" "/dev/$1"
}

own_dev() {
	mkdir $WORK/dev
	bound /dev $WORK/dev --rbind
	over /dev mode=755
	own_node null 666 1 3
	own_node zero 666 1 5
	own_node full 666 1 7
	own_node random 666 1 8
	own_node urandom 666 1 9
	own_node tty 666 5 0
	mkdir -m 1777 /dev/shm
	mkdir /dev/pts
	ln -s /proc/self/fd /dev/fd
	ln -s fd/0 /dev/stdin
	ln -s fd/1 /dev/stdout
	ln -s fd/2 /dev/stderr
}

private_places() {
	local place
	own_dev
	mkdir $WORK/etc $WORK/tree $WORK/build
	bound "$TC_ROOT" $WORK/tree
	bound "$TC_BUILD" $WORK/build
	find /etc -maxdepth 1 -type f -exec cp -p {} $WORK/etc \; 2>/dev/null
	cp -a /etc/alternatives /etc/apt $WORK/etc 2>/dev/null
	for place in /etc /var /tmp /home /root /opt; do
		[ ! -d $place ] || over $place mode=755
	done
	chmod 1777 /tmp
	# What is tested may lie in one of them.
	mkdir -p "$TC_ROOT" && bound $WORK/tree "$TC_ROOT"
	mkdir -p "$TC_BUILD" && bound $WORK/build "$TC_BUILD"
	cp -a $WORK/etc/. /etc
	mkdir -p /var/lib/dpkg /var/tmp /var/log /home/somebody
	echo "theirs" | tee /var/log/theirs /tmp/theirs /home/somebody/theirs >/opt/theirs
	chmod 640 /tmp/theirs
	mkfifo -m 600 /tmp/their-pipe
	ln -s theirs /tmp/their-link
	# What is not among the places shall not be touched at all.
	mount --bind /usr /usr && mount -o remount,ro,bind /usr
}

# A line a node, one more for a file's content and for a device's numbers.
look_at_places() {
	local place places=
	for place in $PLACES; do
		[ ! -d "$place" ] || places="$places $place"
	done
	# shellcheck disable=SC2086 # words
	find $places -xdev -printf '%p %y %m %U:%G %i %l\n' \
		\( -type f -exec cksum {} + \
		-o \( -type b -o -type c \) -exec stat -c '%n is device %t:%T' {} + \) 2>&1 |
		sort
}

picture() {
	look_at_places >"$WORK/picture.$1"
}

unchanged() {
	look_at_places | diff "$WORK/picture.$1" - | grep '^[<>]' |
		grep -vE -- "${3:-^\$}" >$WORK/changes
	none "$2" "$(head -n 20 $WORK/changes)"
}
