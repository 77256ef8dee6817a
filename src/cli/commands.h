/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands, in the order of --help: a line here, and a file cmd_NAME.c. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli.h"

#define COMMANDS(X) \
	X(prot) \
	X(connect) \
	X(listen) \
	X(send) \
	X(explain) \
	X(fuzz) \
	X(meet) \
	X(probe) \
	X(run) \
	X(conform) \
	X(dut) \
	X(teach) \
	X(fields) \
	X(guard) \
	X(doctor) \
	X(show) \
	X(relabel) \
	X(extcap)

#define X(name) extern const struct command cmd_##name;
COMMANDS(X)
#undef X

#endif
