/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a key says of a segment: of TCP-MD5 (tcpcraft/md5sig.h) and of TCP-AO (tcpcraft/ao.h).
 * Pure; any thread.
 */
#ifndef TCPCRAFT_SIGN_H
#define TCPCRAFT_SIGN_H

enum tc_sign_verdict {
	TC_SIGN_OK,
	TC_SIGN_MISSING,		/* no such option */
	TC_SIGN_BAD,			/* another digest, or one of another length */
	TC_SIGN_CUT,			/* the capture left out what it covers */
	TC_SIGN_TWICE,			/* of TCP-AO: more than one such option */
	TC_SIGN_UNTOLD,			/* of TCP-AO: the connection's ISNs are not known */
};

#endif
