/* SPDX-License-Identifier: BSD-2-Clause */
/* The commands' entry points: each in its own file, each returns the exit code. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli.h"

int cmd_prot(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_connect(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_listen(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_send(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_explain(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_fields(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_fuzz(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_guard(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_doctor(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_show(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_probe(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_run(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_teach(const struct command *cmd, struct options *o, int argc, char **argv);
int cmd_relabel(const struct command *cmd, struct options *o, int argc, char **argv);

#endif
