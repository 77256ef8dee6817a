# SPDX-License-Identifier: BSD-2-Clause
# tcpcraft. The two commands for people: make demo, make test. The rest: make help.
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
LIBDIR  ?= $(PREFIX)/lib
INCDIR  ?= $(PREFIX)/include
MANDIR  ?= $(PREFIX)/share/man
LIBEXEC ?= $(PREFIX)/libexec/tcpcraft
DATADIR ?= $(PREFIX)/share/tcpcraft
CFLAGS  ?= -O2 -g
WERROR  ?=
PKGCONF ?= pkg-config
JOBS    ?= $(shell nproc)
VERSION := $(shell sed -n 's/^\#define TC_VERSION "\(.*\)"/\1/p' include/tcpcraft/version.h)
# Of a clone: what was built, in --version.
COMMIT  := $(shell git describe --always --dirty --exclude '*' 2>/dev/null)
SOVER   := 0

# make SAN=address,undefined check | make SAN=thread check: each in its own folder
SAN     ?=
comma   := ,
O       := build$(if $(SAN),/$(subst $(comma),-,$(SAN)))
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)

WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wpointer-arith -Wvla -Wformat=2
# Debian 12 ships no libnet.pc, so ask libnet-config there.
LIBS     = $(shell $(PKGCONF) --libs libnet 2>/dev/null || libnet-config --libs) \
           $(shell $(PKGCONF) --libs libpcap libmnl jansson zlib libseccomp $(NETTLE)) -lm -pthread
# What MD5 and the like need. Without it these are refused, and all else is there.
NETTLE  := $(shell $(PKGCONF) --exists 'nettle >= 3 nettle < 4' && echo nettle)
ALL_C   := -std=c11 -D_GNU_SOURCE -Iinclude -Isrc -fPIC $(WARN) -pthread $(SANFLAG) $(CPPFLAGS) $(CFLAGS)
CONF_C  := -DTC_COMMIT='"$(COMMIT)"' -DTC_LIBEXEC='"$(LIBEXEC)"' -DTC_DATADIR='"$(DATADIR)"' \
           -DTC_LIBMNL='"$(shell $(PKGCONF) --modversion libmnl 2>/dev/null)"'
LINK     = $(CC) $(SANFLAG) -Wl,--as-needed $(LDFLAGS)

# Rooms of the program (src/ROOMS); all others are the library's.
PROGRAM := $(shell sed -n '/^options:/,$$s/:.*//p' src/ROOMS)
CLI_SRC := $(wildcard $(PROGRAM:%=src/%/*.c))
LIB_SRC := $(filter-out $(CLI_SRC),$(wildcard src/*/*.c))
HEADERS := $(wildcard include/tcpcraft/*.h)
# Unit tests lie in the folder of the room that they test; what they share, above these.
T_SRC   := $(wildcard tests/unit/*.c tests/unit/*/*.c)
# The few files that name the commit, a folder of the installation, or what says its version only here.
CONF_SRC := $(shell grep -lE '\<TC_(COMMIT|LIBEXEC|DATADIR|LIBMNL)\>' $(LIB_SRC) $(CLI_SRC) /dev/null)
# One source file, one program.
progs    = $(patsubst tests/$1/%.c,$(O)/$1/%,$(wildcard tests/$1/*.c))
PEERS   := $(call progs,peers)
# In assembly; where it cannot be made, the test of it skips. (scripts/setup brings nasm.)
ifeq ($(shell uname -m)$(shell command -v nasm >/dev/null && echo +),x86_64+)
PEERS   += $(O)/peers/listen_only
endif
# On Debian's lwIP; where there is none, the test of it skips, too.
LWIP     = /usr/include/lwip
ifeq ($(wildcard $(LWIP)/lwip/api.h),)
PEERS   := $(filter-out %/lwip_echo %/lwip_dut,$(PEERS))
endif
# On Debian's LWIPv6 (`scripts/setup atlas` brings it).
LWIPV6   = /usr
ifeq ($(wildcard $(LWIPV6)/include/lwipv6.h),)
PEERS   := $(filter-out %/lwipv6_echo %/lwipv6_dut,$(PEERS))
endif
EXAMPLES := $(call progs,examples)
SIMS    := $(call progs,sim)
# And those with something in common: fuzz/fuzz_x.c and bench/bench_x.c with the rest there.
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCHES := $(patsubst tests/bench/bench_%.c,$(O)/bench/%,$(wildcard tests/bench/bench_*.c))
FUZZ_SRC := $(filter-out tests/fuzz/fuzz_%,$(wildcard tests/fuzz/*.c))
BENCH_SRC := $(filter-out tests/bench/bench_%,$(wildcard tests/bench/*.c))
obj      = $(1:%.c=$(O)/%.o)

# (corpus.sh counts, it judges nothing.)
CHECKS  := $(O)/unit $(FUZZERS) $(SIMS) \
	   $(filter-out %/corpus.sh,$(sort $(wildcard tests/checks/*.sh)))
# (Live tests mostly wait, checks compute: those that wait longest begin, with what computes beside
# them; what is begun last is waited for.)
FIRST   := $(patsubst %,tests/net/test_%.sh,fuzz_kernel fuzz_clients learn probe_habits lwip \
	   experiments conform fuzz probe_acks guard_runs guard_runs6 doctor demo run vlan probe_runs \
	   guard guard6 against fuzz_faults stream probe_odd probe_small html hostile outputs hosts send \
	   prot coverage dut like ao stream6 vlan6 link setup)
ALL     := $(FIRST) $(CHECKS) $(filter-out $(FIRST),$(sort $(wildcard tests/net/test_*.sh)))
# Over IPv6 too: in each run the parts of a text in which the family matters, or all of them.
BRIEF_6 := $(patsubst %,'tests/net/test_%.sh 6 brief',bad_wire fuzz_kernel teach)
LONG_6  := $(patsubst %,'tests/net/test_%.sh 6',against ao bad_wire conform dut each ecn edges fastopen \
	   fuzz fuzz_clients fuzz_kernel hostile html learn lies link many md5 meet mptcp mutate outputs \
	   payload probe probe_clients probe_congestion probe_habits probe_odd probe_path probe_runs \
	   probe_small probe_wire services step teach trace)
# Tests accept no warning; with sanitizers gcc's flow warnings are too often wrong.
STRICT  := $(if $(SAN),,WERROR=-Werror)
# What test programs, scripts and the demo are told of this build.
TOLD     = TC_BUILD=$(abspath $(O)) TC_SAN=$(SAN) CC='$(CC)' TCPCRAFT=$(abspath $(O)/tcpcraft) \
           PROTD=$(abspath $(O)/peers/protd) \
           $(if $(filter $(CURDIR)/%,$(abspath $(O))),,TCPCRAFT_LIBEXEC=$(CURDIR)/scripts)
# Servers that tests talk to, unpacked and not installed; without them these tests skip.
FETCH    = scripts/fetch-peer build/peers/root openssh-server nginx p0f bird2 || :
FETCH_STACKS = scripts/fetch-peer build/peers/root user-mode-linux runsc slirp4netns passt || :
# How a step of the build is told: by a line; for the demo, on a terminal, by one that moves.
SAY     := $(if $(QUIET),[ ! -t 2 ] || printf '\r\033[K%.78s' >&2,echo)
# The rest of a goal, once scripts/setup has brought what it needs.
AGAIN    = +@$(MAKE) --no-print-directory $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))

all: $(O)/tcpcraft $(O)/libtcpcraft.a $(O)/libtcpcraft.so

help:
	@echo 'make             the program and the library, in build/'
	@echo 'make demo        the story in four acts, with real traffic'
	@echo 'make test        every test; make check: those without network and privilege'
	@echo 'make test-long   the large counts (an hour); make bench: measurements'
	@echo 'make atlas       conform and probe against every TCP here: tests/atlas.txt'
	@echo 'make accused     conform against our own TCP with each defect of tests/mutants'
	@echo 'make install     PREFIX=/usr/local, DESTDIR= for packagers; make uninstall'
	@echo 'make install-caps  the same, and members of GROUP=tcpcraft need no root'
	@echo 'make install-extcap  … and it is in the list of interfaces of Wireshark'
	@echo 'make deb         Debian packages, in build/deb; make rpm-spec: for rpmbuild'
	@echo 'make clean       removes build/'
	@echo 'SAN=address,undefined or SAN=thread: check, test with sanitizers, in build/SAN'

# Pages for browsers: style and scripts as arrays, page.* first.
PAGE     = src/page/assets/page.$1 $(filter-out %/page.$1,$(sort $(wildcard src/page/assets/*.$1)))
LIB_OBJ := $(call obj,$(LIB_SRC)) $(O)/html_files.o $(O)/call_words.o $(O)/call_info.o
array    = cat $(call PAGE,$2) | od -An -v -tx1 | sed 's/[0-9a-f][0-9a-f]/0x&,/g; \
	     1i const unsigned char $1[] = {' && \
	   echo '}; const size_t $1_len = sizeof $1;'
# "sha256-" and the hash in Base64, by which a page's policy knows its own (printf of sh has \ooo).
hash     = echo "const char $1_hash[] = \"sha256-$$(printf "$$(cat $(call PAGE,$2) | sha256sum | \
	   awk -v d=0123456789abcdef '{ for (i = 1; i < 64; i += 2) printf "\\%03o", \
	   16 * index(d, substr($$1, i, 1)) + index(d, substr($$1, i + 1, 1)) - 17 }')" | base64)\";"
$(O)/html_files.c: src/page/own.h $(call PAGE,css) $(call PAGE,js)
	@mkdir -p $(@D)
	@$(SAY) "  GEN $@"; { echo '#include "$(abspath src/page/own.h)"' && \
	$(call array,tc_html_style,css) && $(call array,tc_html_script,js) && \
	$(call hash,tc_html_style,css) && $(call hash,tc_html_script,js); } >$@
# Words of scripts, as the system's headers have them.
WORDS    = src/syscalls/words.awk src/syscalls/headers.h src/syscalls/own.h
names    = $(CC) $(ALL_C) $2 -E -dD src/syscalls/headers.h >$1.i && \
	   awk -v here=$(abspath src/syscalls) $(if $2,-v info=1) -f $< $1.i >$1
$(O)/call_words.c: $(WORDS) $(O)/flags
	@$(SAY) "  GEN $@"; $(call names,$@,)
$(O)/call_info.c: $(WORDS) $(O)/flags
	@$(SAY) "  GEN $@"; $(call names,$@,-DTC_CALL_INFO)
$(O)/html_files.o $(O)/call_words.o $(O)/call_info.o: $(O)/%.o: $(O)/%.c $(O)/flags
	@$(SAY) "  CC  $@"; $(CC) $(ALL_C) $(WERROR) -c -o $@ $<

$(O)/libtcpcraft.a: $(LIB_OBJ)
	@rm -f $@
	@$(SAY) "  AR  $@"; $(AR) rcs $@ $^
# Of all that the rooms share, a program sees only what the public headers declare.
$(O)/exports.map: src/exports.awk $(HEADERS)
	@mkdir -p $(@D)
	@$(SAY) "  GEN $@"; awk -f $^ >$@
$(O)/libtcpcraft.so: $(O)/exports.map $(LIB_OBJ)
	@$(SAY) "  LD  $@"; $(LINK) -shared -Wl,-soname,libtcpcraft.so.$(SOVER) \
		-Wl,--version-script=$< -o $@ $(LIB_OBJ) $(LIBS)
$(O)/tcpcraft: $(call obj,$(CLI_SRC)) $(O)/libtcpcraft.a
	@$(SAY) "  LD  $@"; $(LINK) -o $@ $^ $(LIBS)
$(O)/unit: $(call obj,$(T_SRC)) $(O)/libtcpcraft.a
	@$(SAY) "  LD  $@"; $(LINK) -o $@ $^ $(LIBS) $(shell $(PKGCONF) --libs cunit)
$(O)/fuzz/%: $(O)/tests/fuzz/fuzz_%.o $(call obj,$(FUZZ_SRC)) $(O)/libtcpcraft.a
	@mkdir -p $(@D)
	@$(SAY) "  LD  $@"; $(LINK) -o $@ $^ $(LIBS)
$(O)/bench/%: $(O)/tests/bench/bench_%.o $(call obj,$(BENCH_SRC)) $(O)/libtcpcraft.a
	@mkdir -p $(@D)
	@$(SAY) "  LD  $@"; $(LINK) -o $@ $^ $(LIBS)
$(O)/peers/listen_only: tests/peers/listen_only.asm
	@mkdir -p $(@D)
	@$(SAY) "  AS  $@"; nasm -f elf64 -o $@.o $< && ld -o $@ $@.o
$(O)/tests/peers/lwip_echo.o $(O)/tests/peers/lwip_dut.o: CONF = -isystem $(LWIP)
$(O)/peers/lwip_echo $(O)/peers/lwip_dut: LIBS = -llwip -pthread
$(O)/tests/peers/lwipv6_echo.o $(O)/tests/peers/lwipv6_dut.o: CONF = -isystem $(LWIPV6)/include
$(O)/peers/lwipv6_echo $(O)/peers/lwipv6_dut: LIBS = -L$(LWIPV6)/lib -Wl,-rpath,$(abspath $(LWIPV6)/lib) -llwipv6 -pthread
$(O)/%: $(O)/tests/%.o $(O)/libtcpcraft.a
	@mkdir -p $(@D)
	@$(SAY) "  LD  $@"; $(LINK) -o $@ $^ $(LIBS)
$(O)/%.o: %.c $(O)/flags | $(O)/setup
	@[ -d $(@D) ] || mkdir -p $(@D); $(SAY) "  CC  $@"; $(CC) $(ALL_C) $(WERROR) $(CONF) -MMD -MP -c -o $@ $<
# (Tests run once or twice: what the optimizer takes for them is not given back.)
QUICK    = -U_FORTIFY_SOURCE -O0
$(call obj,$(T_SRC)): CONF = -Itests/unit $(QUICK) $(if $(NETTLE),-DTC_NETTLE)
$(call obj,$(wildcard tests/fuzz/*.c)): CONF = $(QUICK)
$(call obj,$(wildcard src/sign/*.c)): CONF = $(if $(NETTLE),-DTC_NETTLE)
# A user of the library has its public headers only. (private: or else $(O)/flags changed, too.)
$(EXAMPLES:$(O)/%=$(O)/tests/%.o): private ALL_C := $(filter-out -Isrc,$(ALL_C))
$(call obj,$(CONF_SRC)): CONF = $(CONF_C)
$(call obj,$(CONF_SRC)): $(O)/conf
-include $(patsubst %.c,$(O)/%.d,$(wildcard src/*/*.c tests/*/*.c tests/unit/*/*.c))

# Other flags, other objects. Those of a stricter build (-Werror) serve a plain one.
$(O)/flags: export NOW = $(CC) $(ALL_C) $(WERROR)
$(O)/conf: export NOW = $(CONF_C)
$(O)/flags $(O)/conf: FORCE
	@mkdir -p $(@D)
	@case "$$(cat $@ 2>/dev/null)" in "$$NOW"*) ;; *) echo "$$NOW" >$@ ;; esac
# Once per build folder: headers that are missing are named, not run into.
$(O)/setup:
	@mkdir -p $(@D)
	@scripts/setup --check build && touch $@

# ---- tests ---------------------------------------------------------------------------

programs-check: $(O)/unit $(FUZZERS) $(SIMS) $(EXAMPLES)
programs: all programs-check $(PEERS)
# (Mostly waits for a server: beside the compiler.)
fetch:
	@$(FETCH)

check:
	@scripts/setup --check check
	$(AGAIN) $(STRICT) all programs-check
	@$(TOLD) tests/run $(O)/log $(CHECKS)
test:
	@scripts/setup test
	$(AGAIN) $(STRICT) fetch programs
	@$(TOLD) tests/run $(O)/log $(ALL) $(BRIEF_6)
test-long:
	@scripts/setup long
	@$(FETCH_STACKS)
	$(AGAIN) $(STRICT) fetch programs
	@$(TOLD) TC_LONG=1 TC_AGAIN=0 TC_TIMEOUT=3600 tests/run $(O)/log $(ALL) $(LONG_6) \
		tests/net/vlan_device.sh 'tests/net/vlan_device.sh 6' \
		'tests/fresh bookworm' 'tests/fresh trixie'
bench:
	@scripts/setup bench
	$(AGAIN) programs $(BENCHES)
	@$(TOLD) tests/bench/run
atlas:
	@scripts/setup atlas
	$(AGAIN) programs
	@$(FETCH_STACKS)
	@$(TOLD) tests/atlas
accused:
	@scripts/setup test
	$(AGAIN) programs
	@$(TOLD) tests/accused
demo:
	@scripts/setup demo
	$(AGAIN) QUIET=1 all $(O)/peers/protd
	@[ ! -t 2 ] || printf '\r\033[K' >&2
	@$(TOLD) scripts/demo
# What the man page says of the fields comes from their table.
man: all
	@$(TOLD) scripts/man-fields

# ---- installation --------------------------------------------------------------------

# What the program reads at run time, below scripts/ and below DATADIR alike.
DATA    := $(patsubst scripts/%,%,$(sort $(wildcard scripts/payload-specs/*.spec \
	   scripts/experiments/*.pkt scripts/lessons/*.lesson scripts/models/*.model \
	   scripts/personalities/*.tcp scripts/coverage/*.c scripts/conformance/*/*.pkt)))
# What its JSON lines are, for programs that read them.
SCHEMA  := man/tcpcraft-json.schema.json
# The manual: what is written, and the page of the library, which comes from its headers.
PAGES   := $(sort $(wildcard man/*.[1-8])) $(O)/libtcpcraft.3
# SHELL:FILE, where each looks for what completes the words of a program.
SHELLS  := bash:bash-completion/completions/tcpcraft zsh:zsh/site-functions/_tcpcraft \
	   fish:fish/vendor_completions.d/tcpcraft.fish
dest     = $(DESTDIR)$1
define PC
prefix=$(PREFIX)
libdir=$(LIBDIR)
includedir=$(INCDIR)

Name: tcpcraft
Description: TCP connections by hand, from user space
Version: $(VERSION)
Requires.private: libpcap libmnl jansson zlib libseccomp $(NETTLE)
Libs: -L$${libdir} -ltcpcraft
Libs.private: -lnet -lm -pthread
Cflags: -I$${includedir}
endef

$(O)/tcpcraft.pc: $(O)/conf FORCE
	$(file >$@,$(PC))
$(O)/libtcpcraft.3: scripts/man-library $(HEADERS) $(wildcard tests/examples/*.c)
	@mkdir -p $(@D)
	@scripts/man-library >$@
# The pages name the folders of this installation.
FOLDERS  = s,/usr/local/libexec/tcpcraft,$(LIBEXEC),g; s,/usr/local/share/tcpcraft,$(DATADIR),g
install-man: $(O)/libtcpcraft.3
	for page in $(PAGES); do \
		to=$(call dest,$(MANDIR))/man$${page##*.}/$${page##*/}; \
		install -D -m644 $$page $$to && sed '$(FOLDERS)' $$page >$$to || exit; \
	done
install: all $(O)/tcpcraft.pc install-man
	install -D -m755 $(O)/tcpcraft $(call dest,$(BINDIR)/tcpcraft)
	install -D -m755 scripts/rst-guard $(call dest,$(LIBEXEC)/rst-guard)
	install -D -m644 $(O)/libtcpcraft.a $(call dest,$(LIBDIR)/libtcpcraft.a)
	install -D -m755 $(O)/libtcpcraft.so $(call dest,$(LIBDIR)/libtcpcraft.so.$(SOVER))
	ln -sf libtcpcraft.so.$(SOVER) $(call dest,$(LIBDIR)/libtcpcraft.so)
	install -D -m644 $(O)/tcpcraft.pc $(call dest,$(LIBDIR)/pkgconfig/tcpcraft.pc)
	install -D -m644 -t $(call dest,$(INCDIR)/tcpcraft) $(HEADERS)
	install -D -m644 $(SCHEMA) $(call dest,$(DATADIR)/$(notdir $(SCHEMA)))
	for file in $(DATA); do \
		install -D -m644 scripts/$$file $(call dest,$(DATADIR))/$$file || exit; \
	done
	for shell in $(SHELLS); do \
		$(O)/tcpcraft completion $${shell%%:*} >$(O)/completion && install -D -m644 \
			$(O)/completion $(DESTDIR)$(PREFIX)/share/$${shell#*:} || exit; \
	done
# Without root, for the members of a group: the two capabilities that it works with.
GROUP    = tcpcraft
install-caps: install
	[ -n "$(DESTDIR)" ] || getent group $(GROUP) >/dev/null || groupadd --system $(GROUP)
	chgrp $(GROUP) $(call dest,$(BINDIR)/tcpcraft)
	chmod 0750 $(call dest,$(BINDIR)/tcpcraft)
	setcap cap_net_raw,cap_net_admin+ep $(call dest,$(BINDIR)/tcpcraft)
# Beside the programs of Wireshark's own, or in a folder of yours: EXTCAPDIR=$HOME/.config/wireshark/extcap
MULTI    = $(shell $(CC) -print-multiarch 2>/dev/null)
EXTCAPS  = $(foreach lib,$(MULTI:%=lib/%) lib64 lib,/usr/$(lib)/wireshark/extcap)
EXTCAPDIR ?= $(firstword $(wildcard $(EXTCAPS)) $(EXTCAPS))
WRAPPER  = $(call dest,$(EXTCAPDIR)/tcpcraft)
# Two lines in a file of its own, not behind a link; which lines, who asks says.
OURS     = [ -f "$(WRAPPER)" ] && [ ! -L "$(WRAPPER)" ] && [ "$$(wc -l <"$(WRAPPER)")" -eq 2 ]
install-extcap: install
	@mkdir -p "$(call dest,$(EXTCAPDIR))"
	@{ [ ! -e "$(WRAPPER)" ] && [ ! -L "$(WRAPPER)" ]; } || { $(OURS) && \
		grep -qx 'exec .*/tcpcraft extcap "$$@"' "$(WRAPPER)"; } || { \
		echo '$(WRAPPER) is not ours: remove it, or name another folder by EXTCAPDIR=' >&2; \
		exit 1; }
	@rm -f "$(WRAPPER)"
	printf '#!/bin/sh\nexec %s/tcpcraft extcap "$$@"\n' '$(BINDIR)' >"$(WRAPPER)"
	chmod 0755 "$(WRAPPER)"
uninstall:
	rm -f $(call dest,$(BINDIR)/tcpcraft) $(call dest,$(LIBEXEC)/rst-guard) \
		$(call dest,$(LIBDIR)/libtcpcraft.a) $(call dest,$(LIBDIR)/libtcpcraft.so) \
		$(call dest,$(LIBDIR)/libtcpcraft.so.$(SOVER)) \
		$(call dest,$(LIBDIR)/pkgconfig/tcpcraft.pc) \
		$(HEADERS:include/%=$(DESTDIR)$(INCDIR)/%) \
		$(foreach page,$(PAGES),$(call dest,$(MANDIR)/man$(subst .,,$(suffix $(page)))/$(notdir $(page)))) \
		$(foreach s,$(SHELLS),$(DESTDIR)$(PREFIX)/share/$(lastword $(subst :, ,$s))) \
		$(DATA:%=$(DESTDIR)$(DATADIR)/%) $(call dest,$(DATADIR)/$(notdir $(SCHEMA)))
	-rmdir --ignore-fail-on-non-empty $(call dest,$(LIBEXEC)) $(call dest,$(INCDIR)/tcpcraft)
	-rmdir --ignore-fail-on-non-empty $(addprefix $(DESTDIR)$(DATADIR)/,$(sort $(dir $(DATA))) \
		conformance) $(call dest,$(DATADIR))
	@! { $(OURS) && grep -qxF 'exec $(BINDIR)/tcpcraft extcap "$$@"' "$(WRAPPER)"; } || \
		rm -f "$(WRAPPER)" || :

# Packages, in build/deb.
deb:
	@scripts/setup --check deb
	@scripts/debian/build build/deb

rpm-spec:
	@mkdir -p build
	@sed 's/@VERSION@/$(VERSION)/' scripts/rpm/tcpcraft.spec.in >build/tcpcraft.spec
	@echo build/tcpcraft.spec

clean:
	rm -rf build

FORCE:
.PHONY: all help programs programs-check fetch check test test-long bench atlas accused demo man install install-man install-caps install-extcap uninstall deb rpm-spec clean FORCE
.SECONDARY:
.DELETE_ON_ERROR:
