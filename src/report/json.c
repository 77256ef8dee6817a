/* SPDX-License-Identifier: BSD-2-Clause */
/* JSON that is valid, and harmless on a terminal, whatever bytes are in it; see json.h. */
#include "json.h"

#include "base/text.h"

json_t *tc_json_text(const char *bytes, size_t n)
{
	json_t *s = json_stringn(bytes, n);
	struct tc_buf shown = { 0 };

	if (s)
		return s;
	tc_text_show_all(&shown, bytes, n);
	s = json_stringn(shown.data ? (const char *)shown.data : "", shown.len);
	tc_buf_free(&shown);
	return s;
}

static void put_by_jansson(struct tc_buf *out, const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));

	if (text)
		tc_text_json(out, text, strlen(text));
	else
		out->failed = true;	/* without it what is written is not JSON */
	free(text);
}

/* Printable ASCII, nothing of which is said otherwise in JSON? */
static bool is_plain(const char *text, size_t n)
{
	size_t i = 0;

	while (i < n && text[i] >= 0x20 && text[i] < 0x7f && text[i] != '"' && text[i] != '\\')
		i++;
	return i == n;
}

static void put_plain(struct tc_buf *out, const char *before, const char *text, size_t n,
		      const char *behind)
{
	tc_buf_add(out, before, strlen(before));
	tc_buf_add(out, text, n);
	tc_buf_add(out, behind, strlen(behind));
}

static bool has_plain_keys(json_t *object)
{
	const char *key;
	json_t *each;

	json_object_foreach(object, key, each)
		if (!is_plain(key, strlen(key)))
			return false;
	return true;
}

static void put(struct tc_buf *out, json_t *value);

static void put_object(struct tc_buf *out, json_t *object)
{
	const char *before = "{\"", *key;
	json_t *each;

	if (json_object_size(object) == 0)
		tc_buf_add_u8(out, '{');
	json_object_foreach(object, key, each) {
		put_plain(out, before, key, strlen(key), "\":");
		put(out, each);
		before = ",\"";
	}
	tc_buf_add_u8(out, '}');
}

static void put_array(struct tc_buf *out, json_t *array)
{
	json_t *each;
	size_t i;

	tc_buf_add_u8(out, '[');
	json_array_foreach(array, i, each) {
		if (i)
			tc_buf_add_u8(out, ',');
		put(out, each);
	}
	tc_buf_add_u8(out, ']');
}

/* What jansson would write. It looks at each character several times; a line is mostly plain words
 * and counts, which take a tenth of the time so. */
static void put(struct tc_buf *out, json_t *value)
{
	const char *text = json_string_value(value);

	if (json_is_object(value) && has_plain_keys(value))
		put_object(out, value);
	else if (json_is_array(value))
		put_array(out, value);
	else if (text && is_plain(text, json_string_length(value)))
		put_plain(out, "\"", text, json_string_length(value), "\"");
	else if (json_is_integer(value) && json_integer_value(value) >= 0)
		tc_buf_u64(out, (uint64_t)json_integer_value(value), 0, ' ');
	else
		put_by_jansson(out, value);
}

void tc_json_put(struct tc_buf *out, const json_t *value)
{
	put(out, (json_t *)(uintptr_t)value);
	tc_buf_text(out, "");		/* a string, as tc_buf_printf leaves one */
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
