/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The version of program and library, by the rules of Semantic Versioning 2.0.0: before 1.0.0
 * a minor version may change what a program relies on, a patch never does. The macros are of
 * the headers a program was compiled with, the function is of the library that runs. This is
 * the one place that names it: the Makefile, packages and pages read it here.
 */
#ifndef TCPCRAFT_VERSION_H
#define TCPCRAFT_VERSION_H

#define TC_VERSION_MAJOR 0
#define TC_VERSION_MINOR 9
#define TC_VERSION_PATCH 0
#define TC_VERSION "0.9.0"

/* TC_VERSION of the library. Static text; any thread. */
const char *tc_version(void);

#endif
