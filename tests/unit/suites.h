/* SPDX-License-Identifier: BSD-2-Clause */
/* Every suite, one line each: SUITE(x) is `CU_TestInfo tests_x[]` in test_x.c, ended by
 * CU_TEST_INFO_NULL. Test names are sentences. */
SUITE(base)
SUITE(bits)
SUITE(checksum)
SUITE(fields)
SUITE(field_text)
SUITE(packet)
SUITE(seq)
SUITE(tcpopt)
SUITE(tcp_open)
SUITE(segment)
SUITE(hostile)
SUITE(template)
SUITE(guard)
