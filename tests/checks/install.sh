#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# An installation into an empty folder is complete enough to build and run a program with
# what pkg-config says, and uninstalling leaves no file of it. As root it tries install-caps too
# (the program is run as somebody else in a chroot), where rpmbuild is the packages of Fedora.
# shellcheck source=tests/say.sh
. "$(dirname "$0")/../say.sh"
cd "$(dirname "$0")/../.." || exit 1
TC_BUILD=${TC_BUILD:-$PWD/build} TC_SAN=${TC_SAN-} CC=${CC:-cc}

dest=$(mktemp -d) || exit 1
trap 'rm -rf "$dest"' EXIT

# With the prefix of the build: another one would be compiled into its program.
again() {
	make --no-print-directory O="$TC_BUILD" SAN="$TC_SAN" DESTDIR="$dest" "$@" \
		>"$dest/log" 2>&1
	status=$?
	[ $status = 0 ] || tail -n 5 "$dest/log"
	rm -f "$dest/log"
	return $status
}

program() {
	cat >"$dest/program.c" <<-END
		$(cd include && printf '#include <%s>\n' string.h tcpcraft/*.h)
		int main(void)
		{
			return tc_seq_lt(0xffffffffu, 0) && tc_rng_kernel_u64() &&
				strcmp(tc_version(), TC_VERSION) == 0 ? 0 : 1;
		}
	END
	export PKG_CONFIG_PATH="$root/lib/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$dest"
	# shellcheck disable=SC2046,SC2086 # words
	$CC ${TC_SAN:+-fsanitize=$TC_SAN} -std=gnu11 -o "$dest/program" "$dest/program.c" \
		$(pkg-config --cflags --libs tcpcraft) 2>&1 &&
	LD_LIBRARY_PATH="$root/lib" "$dest/program" 2>&1
}

check "make install DESTDIR=... works" again install
root=$(find "$dest" -path '*/lib/pkgconfig')
root=${root%/lib/pkgconfig}
same "it installs these files" "$(cd "$root" && find . ! -type d ! -name '*.h' \
	! -path './share/tcpcraft/*' | sort | xargs)" "./bin/tcpcraft ./lib/libtcpcraft.a ./lib/libtcpcraft.so ./lib/libtcpcraft.so.0\
 ./lib/pkgconfig/tcpcraft.pc ./libexec/tcpcraft/rst-guard\
 ./share/bash-completion/completions/tcpcraft ./share/fish/vendor_completions.d/tcpcraft.fish\
 $(cd man && for page in libtcpcraft.3 *.[1-8]; do echo "./share/man/man${page##*.}/$page"; done |
	sort | xargs)\
 ./share/zsh/site-functions/_tcpcraft"
same "and every public header" "$(cd "$root/include" && find . -type f | sort)" \
	"$(cd include && find . -type f | sort)"
# Whether it may use the script is another question.
none "the installed program finds its script where it was put" \
	"$(TCPCRAFT_LIBEXEC='' "$root/bin/tcpcraft" guard status 2>&1 | grep missing)"
check "and what its JSON lines are" cmp "$root/share/tcpcraft/tcpcraft-json.schema.json" \
	man/tcpcraft-json.schema.json
same "and every file that it reads at run time" "$(cd "$root/share/tcpcraft" &&
		find . -type f ! -name '*.schema.json' | sort)" \
	"$(cd scripts && find ./conformance ./coverage ./experiments ./lessons ./models ./payload-specs \
		./personalities -type f | sort)"
same "and every lesson, where the installed program finds them" \
	"$("$root/bin/tcpcraft" teach --list -q | sed 's/ .*/.lesson/')" "$(cd scripts/lessons && ls -v)"
none "and every personality, where the installed program finds it" "$(
	for like in scripts/personalities/*.tcp; do
		name=${like##*/}
		"$root/bin/tcpcraft" prot --like "${name%.tcp}" --help | grep -q usage || echo "$name"
	done)"
same "and every case of conformance, where the installed program finds them" \
	"$("$root/bin/tcpcraft" conform --list -q | sort)" "$(cd scripts/conformance &&
		find . -name '*.pkt' | sed 's,^\./,,; s,\.pkt$,,' | sort)"
version=$(sed -n 's/^#define TC_VERSION "\(.*\)"/\1/p' include/tcpcraft/version.h)
same "program and pkg-config say the version of the headers" "$(
	"$root/bin/tcpcraft" --version | sed -n '1s/^tcpcraft \([^,]*\).*/\1/p') $(
	PKG_CONFIG_PATH="$root/lib/pkgconfig" pkg-config --modversion tcpcraft)" "$version $version"
none "and the version of each library that it is linked with" "$(
	"$root/bin/tcpcraft" --version >"$dest/said"
	for library in libnet $(sed -n 's/^Requires.private: //p' "$root/lib/pkgconfig/tcpcraft.pc"); do
		grep -qE "^libraries: (.*, )?$library [0-9]+\.[0-9.]+(,|\$)" "$dest/said" || echo "$library"
	done
	rm -f "$dest/said")"
same "and so does the newest entry of tcpcraft-changes(7)" \
	"$(sed -n 's/^\.SH \([0-9.]*\)$/\1/p' man/tcpcraft-changes.7 | head -n 1)" "$version"
check "a program builds and runs with what pkg-config says" program
# as GID ARGUMENT...: the program, by a user of that group alone
as() {
	gid=$1
	shift
	chroot --userspec="65533:$gid" --groups= / "$root/bin/tcpcraft" "$@" 2>&1
}
# may BIT: whether any process here can ever have that capability; without, the program that has it
# by its file is not begun at all.
may() {
	[ $((0x$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status) >> $1 & 1)) = 1 ]
}
group=$(getent group 65534 | cut -d: -f1)
if [ "$(id -u)" != 0 ] || ! command -v setcap >/dev/null; then
	skip "make install-caps" "it is for root, with setcap"
elif [ -z "$group" ]; then
	skip "make install-caps" "no group has the number 65534 here"
elif ! may 12 || ! may 13; then
	skip "make install-caps" "CAP_NET_ADMIN or CAP_NET_RAW is out of reach here (CapBnd)"
else
	chmod go+x "$dest"
	check "make install-caps works" again install-caps GROUP="$group"
	same "the program is its group's, with two capabilities" \
		"$(stat -c '%a %U %G' "$root/bin/tcpcraft") $(getcap "$root/bin/tcpcraft" | sed 's/.* //')" \
		"750 root $group cap_net_admin,cap_net_raw=ep"
	check "its members may run it" as "$(stat -c %g "$root/bin/tcpcraft")" --version
	as 65532 --version >"$dest/said"
	same "and nobody else" "$?" 126
	rm -f "$dest/said"
fi
# Fedora's packages; they are built, which takes its time, with TC_LONG.
rpm_build() {
	rpmbuild -bb --nodeps --define "_topdir $dest/rpm" --define "optflags -O0" \
		--define "debug_package %{nil}" \
		build/tcpcraft.spec >"$dest/log" 2>&1
	status=$?
	[ $status = 0 ] || tail -n 5 "$dest/log"
	rm -f "$dest/log"
	return $status
}
if command -v rpmbuild >/dev/null && command -v rpmspec >/dev/null; then
	make -s --no-print-directory rpm-spec >/dev/null
	same "make rpm-spec: what rpmbuild reads in it" \
		"$(rpmspec -q --qf '%{name} %{version}\n' build/tcpcraft.spec | sort | xargs)" \
		"tcpcraft $version tcpcraft-devel $version tcpcraft-libs $version"
	if [ -n "${TC_LONG-}" ] && ! git rev-parse -q --verify HEAD >/dev/null 2>&1; then
		skip "and they are built" "this is no clone of git's, of which the sources are taken"
	elif [ -n "${TC_LONG-}" ]; then
		mkdir -p "$dest/rpm/SOURCES"
		git archive --prefix="tcpcraft-$version/" -o "$dest/rpm/SOURCES/tcpcraft-$version.tar.gz" HEAD
		check "and they are built" rpm_build
		same "three of them" "$(find "$dest/rpm/RPMS" -name '*.rpm' | sed 's,.*/,,; s/-[0-9].*//' |
			sort | xargs)" "tcpcraft tcpcraft-devel tcpcraft-libs"
		rm -rf "$dest/rpm"
	fi
else
	skip "make rpm-spec" "rpmbuild, rpmspec are not installed (as root: scripts/setup test)"
fi
# (Pages alone: of another prefix the program would be another.)
check "make install-man works for another prefix" again install-man PREFIX=/opt/tcp
none "and its pages name the folders of that one" "$(grep -rn '/usr/local/.*/tcpcraft' "$dest/opt/tcp")"
check "as they are" grep -q '/opt/tcp/libexec/tcpcraft/rst' "$dest/opt/tcp/share/man/man8/tcpcraft.8"
rm -rf "$dest/opt"
# In a folder of Wireshark's, which may have any name.
extcap="/wire shark"
check "make install-extcap works" again install-extcap EXTCAPDIR="$extcap"
bin=${root#"$dest"}/bin
same "it starts what was installed" "$([ -x "$dest$extcap/tcpcraft" ] && tail -n 1 "$dest$extcap/tcpcraft")" \
	"exec $bin/tcpcraft extcap \"\$@\""
mkdir "$dest/other" && echo "somebody's" >"$dest/other/tcpcraft"
same "what is not ours is not replaced" "$(again install-extcap EXTCAPDIR=/other >/dev/null 2>&1
	echo $?; cat "$dest/other/tcpcraft")" "2
somebody's"
check "make uninstall works" again uninstall EXTCAPDIR="$extcap"
none "and leaves no file" "$(find "$root" "$dest$extcap" ! -type d)"
printf '#!/bin/sh\nexec /another%s/tcpcraft extcap "$@"\n' "$bin" >"$dest$extcap/tcpcraft"
check "it works without any" again uninstall EXTCAPDIR="$extcap"
same "and leaves what is another's" "$(tail -n 1 "$dest$extcap/tcpcraft")" \
	"exec /another$bin/tcpcraft extcap \"\$@\""
