/* SPDX-License-Identifier: BSD-2-Clause */
/* How a function with a format of its own makes its text. */
#ifndef BASE_FORMAT_H
#define BASE_FORMAT_H

#include <stdarg.h>
#include <stdio.h>

/* As snprintf(), of what stands behind fmt, the last parameter of the function. */
#define TC_FORMAT(text, size, fmt) \
	do { \
		va_list ap_; \
		va_start(ap_, fmt); \
		vsnprintf(text, size, fmt, ap_); \
		va_end(ap_); \
	} while (0)

#endif
