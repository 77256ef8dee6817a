/* SPDX-License-Identifier: BSD-2-Clause */
/* MPTCP's options (RFC 8684 3, of version 0 RFC 6824 3): each form reads as text, and back. */
#include "check.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/error.h>
#include <tcpcraft/hex.h>
#include <tcpcraft/tcpopt.h>

#include <errno.h>

#define KEY "0011223344556677"
#define PEER "8899aabbccddeeff"
#define V6 "20010db8000000000000000000000001"
#define SUM20 "000102030405060708090a0b0c0d0e0f10111213"

/* Kind and length are before each: the bytes as the RFCs' pictures have them. */
static const struct { const char *hex, *text; } forms[] = {
	{ "0181", "mp_capable version 1 flags 0x81" },
	{ "0081" KEY, "mp_capable version 0 flags 0x81 key " KEY },
	{ "0101" KEY PEER, "mp_capable version 1 flags 0x01 key " KEY " peer_key " PEER },
	{ "0101" KEY PEER "05b4",
	  "mp_capable version 1 flags 0x01 key " KEY " peer_key " PEER " len 1460" },
	{ "0181" KEY PEER "05b4abcd", "mp_capable version 1 flags 0x81 key " KEY " peer_key "
	  PEER " len 1460 checksum 0xabcd" },
	{ "1107deadbeef01020304", "mp_join backup id 7 token deadbeef nonce 01020304" },
	{ "1000" KEY "01020304", "mp_join id 0 hmac " KEY " nonce 01020304" },
	{ "1000" SUM20, "mp_join hmac " SUM20 },
	{ "2000", "dss" },
	{ "200100000005", "dss ack 5" },
	{ "2003" "0000000100000005", "dss ack8 4294967301" },
	{ "2004" "000000090000000100 0a", "dss dsn 9 ssn 1 len 10" },
	{ "2014" "0000000900000001000a1234", "dss fin dsn 9 ssn 1 len 10 checksum 0x1234" },
	{ "200c" "0000000100000009" "00000001000a", "dss dsn8 4294967305 ssn 1 len 10" },
	{ "200c" "0000000000000009" "00000001000a0000",
	  "dss dsn8 9 ssn 1 len 10 checksum 0x0000" },
	{ "2005" "00000005" "0000000900000001000a", "dss ack 5 dsn 9 ssn 1 len 10" },
	{ "2005" "00000005" "0000000900000001000a0001",
	  "dss ack 5 dsn 9 ssn 1 len 10 checksum 0x0001" },
	{ "200d" "00000005" "0000000000000009" "00000001000a", "dss ack 5 dsn8 9 ssn 1 len 10" },
	{ "201d" "00000005" "0000000000000009" "0000000100010001",
	  "dss fin ack 5 dsn8 9 ssn 1 len 1 checksum 0x0001" },
	{ "2007" "0000000000000005" "0000000900000001000a", "dss ack8 5 dsn 9 ssn 1 len 10" },
	{ "2007" "0000000000000005" "0000000900000001000a0001",
	  "dss ack8 5 dsn 9 ssn 1 len 10 checksum 0x0001" },
	{ "200f" "0000000000000005" "0000000000000009" "00000001000a",
	  "dss ack8 5 dsn8 9 ssn 1 len 10" },
	{ "200f" "ffffffffffffffff" "0000000000000009" "00000001000a0001",
	  "dss ack8 18446744073709551615 dsn8 9 ssn 1 len 10 checksum 0x0001" },
	{ "3102c0000201", "add_addr echo id 2 addr 192.0.2.1" },
	{ "3102c00002011f90", "add_addr echo id 2 addr 192.0.2.1 port 8080" },
	{ "3102" V6, "add_addr echo id 2 addr 2001:db8::1" },
	{ "3102" V6 "1f90", "add_addr echo id 2 addr 2001:db8::1 port 8080" },
	{ "310200000000000000000000ffff01020304", "add_addr echo id 2 addr ::ffff:1.2.3.4" },
	{ "3002c0000201" KEY, "add_addr id 2 addr 192.0.2.1 hmac " KEY },
	{ "3002c00002011f90" KEY, "add_addr id 2 addr 192.0.2.1 port 8080 hmac " KEY },
	{ "3002" V6 KEY, "add_addr id 2 addr 2001:db8::1 hmac " KEY },
	{ "3002" V6 "1f90" KEY, "add_addr id 2 addr 2001:db8::1 port 8080 hmac " KEY },
	{ "3402c0000201", "add_addr version 0 id 2 addr 192.0.2.1" },
	{ "3402c00002011f90", "add_addr version 0 id 2 addr 192.0.2.1 port 8080" },
	{ "3602" V6, "add_addr version 0 id 2 addr 2001:db8::1" },
	{ "3602" V6 "1f90", "add_addr version 0 id 2 addr 2001:db8::1 port 8080" },
	{ "4002", "remove_addr id 2" },
	{ "40020309", "remove_addr id 2 3 9" },
	{ "50", "mp_prio" },
	{ "51", "mp_prio backup" },
	{ "5103", "mp_prio backup id 3" },
	{ "6000" "0000000000000009", "mp_fail dsn 9" },
	{ "7000" KEY, "mp_fastclose key " KEY },
	{ "8104", "mp_tcprst transient reason 4" },
	{ "8000", "mp_tcprst reason 0" },
	/* No form of theirs: reserved bits that are set, other lengths, unknown subtypes. */
	{ "", "" },
	{ "01", "01" },
	{ "2020", "2020" },
	{ "30021122334455", "30021122334455" },
	{ "3002c0000201", "3002c0000201" },
	{ "40", "40" },
	{ "5203", "5203" },
	{ "8204", "8204" },
	{ "f000", "f000" },
};

#define N_FORMS (sizeof forms / sizeof *forms)

static struct tc_buf bytes_of(size_t i)
{
	struct tc_buf data = { 0 }, out = { 0 };

	CHECK(tc_hex_decode(&data, forms[i].hex, strlen(forms[i].hex), NULL) == 0);
	tc_buf_add_u8(&out, TC_OPT_MPTCP);
	tc_buf_add_u8(&out, (uint8_t)(2 + data.len));
	tc_buf_add(&out, data.data, data.len);
	tc_buf_free(&data);
	return out;
}

static void each_form_reads_as_text_and_back(void)
{
	for (size_t i = 0; i < N_FORMS; i++) {
		struct tc_buf bytes = bytes_of(i), text = { 0 }, back = { 0 };
		struct tc_error err = { 0 };
		char want[200];

		snprintf(want, sizeof want, "mptcp%s%s", forms[i].text[0] ? " " : "",
			 forms[i].text);
		tc_tcpopt_print(&text, bytes.data, bytes.len);
		CHECK_STR((char *)text.data, want);
		CHECK_OK(tc_tcpopt_parse_text(&back, want, &err), err);
		CHECK_U64(back.len, bytes.len);
		CHECK_MEM(back.data, bytes.data, bytes.len);
		tc_buf_free(&bytes);
		tc_buf_free(&text);
		tc_buf_free(&back);
	}
}

/* One that was cut, its length byte with it, has another form or none: the same bytes. */
static void what_was_cut_comes_back(void)
{
	for (size_t i = 0; i < N_FORMS; i++) {
		struct tc_buf bytes = bytes_of(i);

		for (size_t n = 2; n < bytes.len; n++) {
			struct tc_buf text = { 0 }, back = { 0 };
			struct tc_error err = { 0 };

			bytes.data[1] = (uint8_t)n;
			tc_tcpopt_print(&text, bytes.data, n);
			CHECK_OK(tc_tcpopt_parse_text(&back, (char *)text.data, &err), err);
			CHECK_U64(back.len, n);
			CHECK_MEM(back.data, bytes.data, n);
			tc_buf_free(&text);
			tc_buf_free(&back);
		}
		tc_buf_free(&bytes);
	}
}

static void what_has_no_form_is_refused(void)
{
	static const char *const wrong[] = {
		"mptcp mp_capable", "mptcp mp_capable version 16 flags 0", "mptcp dss ack",
		"mptcp dss dsn 1 ssn 2", "mptcp dss checksum 1", "mptcp add_addr id 1 addr 1.2.3.4",
		"mptcp add_addr echo id 1 addr nowhere", "mptcp remove_addr", "mptcp mp_prio id 256",
		"mptcp mp_fastclose key 00", "mptcp mp_join backup", "mptcp mp_tcprst reason",
	};
	struct tc_buf out = { 0 };

	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct tc_error err = { 0 };

		CHECK_U64(-tc_tcpopt_parse_text(&out, wrong[i], &err), EINVAL);
		check_true(strstr(err.msg, "its parts are not those of a form") != NULL, err.msg,
			   __LINE__, __FILE__);
		CHECK_U64(out.len, 0);
	}
	CHECK_U64(-tc_tcpopt_parse_text(&out, "mptcp other", NULL), EINVAL);
	tc_buf_free(&out);
}

CU_TestInfo tests_mptcp[] = {
	{ "each form reads as text, and back", each_form_reads_as_text_and_back },
	{ "what was cut comes back", what_was_cut_comes_back },
	{ "what has no form is refused", what_has_no_form_is_refused },
	CU_TEST_INFO_NULL
};
