/* SPDX-License-Identifier: BSD-2-Clause */
/* Any bytes as the rules of nft, and of iptables: they are judged or they are not, and what is
 * found has a text of one line. */
#include "doctor/own.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const struct tc_doctor_some *s)
{
	if ((s->n == 0 && s->first[0]) || !memchr(s->first, '\0', sizeof s->first) ||
	    strpbrk(s->first, "\n\r\033"))
		abort();
}

static void judge_iptables(const uint8_t *data, size_t size)
{
	struct tc_doctor_rules r = { 0 };
	struct tc_buf text = { 0 };

	tc_buf_add(&text, data, size);
	tc_buf_add(&text, "", 1);
	if (!text.failed)
		tc_doctor_read_iptables(&r, (const char *)text.data);
	tc_buf_free(&text);
	check(&r.out);
	check(&r.in);
	check(&r.invalid);
}

static void judge(const char *before, const uint8_t *data, size_t size, const char *behind)
{
	struct tc_doctor_rules r = { 0 };
	struct tc_buf text = { 0 };

	tc_buf_text(&text, before);
	tc_buf_add(&text, data, size);
	tc_buf_add(&text, behind, strlen(behind) + 1);
	if (!text.failed)
		tc_doctor_read_nft(&r, (const char *)text.data, true);
	tc_buf_free(&text);
	check(&r.out);
	check(&r.in);
	check(&r.invalid);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	judge_iptables(data, size);
	judge("", data, size, "");
	judge("{\"nftables\":[{\"chain\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"c\","
	      "\"hook\":\"output\"}},{\"map\":{\"family\":\"ip\",\"table\":\"t\",\"name\":\"m\","
	      "\"elem\":[[1,{\"drop\":null}]]}},{\"rule\":{\"family\":\"ip\",\"table\":\"t\","
	      "\"chain\":\"c\",\"expr\":[", data, size, "]}}]}");
	return 0;
}
