/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON that is valid, and harmless on a terminal, whatever bytes are in it; see json.h. */
#include "json.h"

#include "base/text.h"

json_t *tc_json_text(const char *bytes, size_t n)
{
	json_t *s = json_stringn(bytes, n);
	struct tc_buf shown = { 0 };
	struct tc_text t = { 0 };

	if (s)
		return s;
	tc_text_show(&t, &shown, (const uint8_t *)bytes, n);
	tc_text_end(&t, &shown);
	s = json_stringn(shown.data ? (const char *)shown.data : "", shown.len);
	tc_buf_free(&shown);
	return s;
}

void tc_json_put(struct tc_buf *out, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(12));

	if (text)
		tc_text_json(out, text, strlen(text));
	tc_buf_text(out, "");		/* a string, as tc_buf_printf leaves one */
	free(text);
}

void tc_json_put_line(struct tc_buf *out, json_t *line)
{
	size_t before = out->len;

	tc_json_put(out, line);
	if (out->len > before)
		tc_buf_text(out, "\n");
	json_decref(line);
}

json_t *tc_json_line(const char *type)
{
	json_t *o = json_object();

	put_text(o, "type", type);
	return o;
}

json_t *tc_json_result_line(const char *command)
{
	json_t *o = tc_json_line("result");

	put_text(o, "command", command);
	return o;
}
