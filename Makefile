# tcpcraft. The two commands for people: make demo, make test. See README.md.
PREFIX  ?= /usr/local
SBINDIR ?= $(PREFIX)/sbin
LIBDIR  ?= $(PREFIX)/lib
INCDIR  ?= $(PREFIX)/include
MANDIR  ?= $(PREFIX)/share/man
LIBEXEC ?= $(PREFIX)/libexec/tcpcraft
CFLAGS  ?= -O2 -g
WERROR  ?=
PKGCONF ?= pkg-config
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
SOVER   := 0

# make SAN=address,undefined check | make SAN=thread check: each in its own folder
SAN     ?=
comma   := ,
O       := build$(if $(SAN),/$(subst $(comma),-,$(SAN)))
SANFLAG := $(if $(SAN),-fsanitize=$(SAN) -fno-sanitize-recover=all -fno-omit-frame-pointer)

WARN    := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
           -Wpointer-arith -Wvla -Wformat=2 $(WERROR)
# Debian 12 ships no libnet.pc, so ask libnet-config there.
LIBS     = $(shell $(PKGCONF) --libs libnet 2>/dev/null || libnet-config --libs) \
           $(shell $(PKGCONF) --libs libpcap libmnl jansson) -pthread
ALL_C   := -std=c11 -D_GNU_SOURCE -DTC_VERSION='"$(VERSION)"' -DTC_LIBEXEC='"$(LIBEXEC)"' \
           -Iinclude -fPIC $(WARN) -pthread $(SANFLAG) $(CPPFLAGS) $(CFLAGS)

LIB_SRC := $(filter-out src/cli/%,$(wildcard src/*/*.c))
CLI_SRC := $(wildcard src/cli/*.c)
T_SRC   := $(wildcard tests/unit/*.c)
PEERS   := $(patsubst tests/peers/%.c,$(O)/peers/%,$(wildcard tests/peers/*.c))
FUZZERS := $(patsubst tests/fuzz/fuzz_%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
EXAMPLES := $(patsubst tests/examples/%.c,$(O)/examples/%,$(wildcard tests/examples/*.c))
BENCHES := $(patsubst tests/bench/%.c,$(O)/bench/%,$(wildcard tests/bench/*.c))
obj      = $(1:%.c=$(O)/%.o)

all: $(O)/tcpcraft $(O)/libtcpcraft.so

$(O)/libtcpcraft.a: $(call obj,$(LIB_SRC))
	@rm -f $@
	@echo "  AR  $@"; $(AR) rcs $@ $^
$(O)/libtcpcraft.so: $(call obj,$(LIB_SRC))
	@echo "  LD  $@"; $(CC) -shared -Wl,-soname,libtcpcraft.so.$(SOVER) $(SANFLAG) $(LDFLAGS) -o $@ $^ $(LIBS)
$(O)/tcpcraft: $(call obj,$(CLI_SRC)) $(O)/libtcpcraft.a
	@echo "  LD  $@"; $(CC) $(SANFLAG) $(LDFLAGS) -o $@ $^ $(LIBS)
$(O)/unit: $(call obj,$(T_SRC)) $(O)/libtcpcraft.a
	@echo "  LD  $@"; $(CC) $(SANFLAG) $(LDFLAGS) -o $@ $^ $(LIBS) $(shell $(PKGCONF) --libs cunit)
# The programs of the tests: one source file, one program.
$(O)/peers/%: $(O)/tests/peers/%.o $(O)/libtcpcraft.a
	@mkdir -p $(@D)
	@echo "  LD  $@"; $(CC) $(SANFLAG) $(LDFLAGS) -o $@ $^ $(LIBS)
$(O)/examples/%: $(O)/tests/examples/%.o $(O)/libtcpcraft.a
	@mkdir -p $(@D)
	@echo "  LD  $@"; $(CC) $(SANFLAG) $(LDFLAGS) -o $@ $^ $(LIBS)
$(O)/bench/%: $(O)/tests/bench/%.o $(O)/libtcpcraft.a
	@mkdir -p $(@D)
	@echo "  LD  $@"; $(CC) $(SANFLAG) $(LDFLAGS) -o $@ $^ $(LIBS)
$(O)/fuzz/%: $(O)/tests/fuzz/fuzz_%.o $(O)/tests/fuzz/driver.o $(O)/libtcpcraft.a
	@mkdir -p $(@D)
	@echo "  LD  $@"; $(CC) $(SANFLAG) $(LDFLAGS) -o $@ $^ $(LIBS)
$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	@echo "  CC  $@"; $(CC) $(ALL_C) -MMD -MP -c -o $@ $<
-include $(shell find $(O) -name '*.d' 2>/dev/null)

programs: all $(O)/unit $(PEERS) $(FUZZERS) $(EXAMPLES)

clean:
	rm -rf build

.PHONY: all programs clean
.SECONDARY:
.DELETE_ON_ERROR:
