/* SPDX-License-Identifier: BSD-2-Clause */
#include "lua.h"

#include <tcpcraft/buf.h>
#include <tcpcraft/field.h>

#include <inttypes.h>
#include <string.h>

/* What is the same for each header, around its table of fields. */
static const char walk[] =
	"local ok, proto = pcall(Proto, NAME, TITLE)\n"
	"local prefix = NAME\n"
	"if not ok then\n"
	"\tprefix = \"spec_\" .. NAME\n"
	"\tproto = Proto(prefix, TITLE .. \" (spec)\")\n"
	"end\n"
	"\n"
	"local kinds = { dec = base.DEC, hex = base.HEX }\n"
	"for _, r in ipairs(rows) do\n"
	"\tlocal name = prefix .. \".\" .. r.name\n"
	"\tif r.kind == \"bytes\" then\n"
	"\t\tr.field = ProtoField.bytes(name, r.name, base.NONE, r.title)\n"
	"\telseif r.kind == \"ip4\" then\n"
	"\t\tr.field = ProtoField.ipv4(name, r.name, r.title)\n"
	"\telseif r.kind == \"mac\" then\n"
	"\t\tr.field = ProtoField.ether(name, r.name, r.title)\n"
	"\telseif r.bits <= 32 then\n"
	"\t\tr.field = ProtoField.uint32(name, r.name, kinds[r.kind], r.values, nil,\n"
	"\t\t\tr.title)\n"
	"\telse\n"
	"\t\tr.field = ProtoField.uint64(name, r.name, kinds[r.kind], nil, nil, r.title)\n"
	"\tend\n"
	"\tproto.fields[#proto.fields + 1] = r.field\n"
	"end\n"
	"proto.prefs.port = Pref.uint(\"TCP port\", 0, \"Port of the server; 0: none\")\n"
	"\n"
	"local function number(buf, r, at)\n"
	"\tif r.little and r.bits <= 32 then\n"
	"\t\treturn buf(at + r.bit / 8, r.bits / 8):le_uint()\n"
	"\telseif r.little then\n"
	"\t\treturn buf(at + r.bit / 8, r.bits / 8):le_uint64()\n"
	"\tend\n"
	"\treturn buf(at):bitfield(r.bit, r.bits)\n"
	"end\n"
	"\n"
	"local function is_ours(buf, at)\n"
	"\tlocal marks = 0\n"
	"\tfor _, r in ipairs(rows) do\n"
	"\t\tif r.mark then\n"
	"\t\t\tif buf:len() - at < HEAD or number(buf, r, at) ~= r.mark then\n"
	"\t\t\t\treturn false\n"
	"\t\t\tend\n"
	"\t\t\tmarks = marks + 1\n"
	"\t\tend\n"
	"\tend\n"
	"\treturn marks > 0\n"
	"end\n"
	"\n"
	"local function count(buf, r, at)\n"
	"\treturn tonumber(tostring(number(buf, r, at)))\n"
	"end\n"
	"\n"
	"-- Fields of any length before the payload: how far they move each field, the size of each,\n"
	"-- their sum, and is one cut; nil: so many bytes are needed to tell.\n"
	"local function parts_of(buf, at, pinfo)\n"
	"\tlocal moved, size, sum, cut = {}, {}, 0, false\n"
	"\tfor i, r in ipairs(rows) do\n"
	"\t\tmoved[i], size[i] = sum, 0\n"
	"\t\tif r.by then\n"
	"\t\t\tlocal room = buf:len() - at - HEAD - TAIL - sum\n"
	"\t\t\tsize[i] = math.max(0, count(buf, rows[r.by], at + moved[r.by]) - r.besides)\n"
	"\t\t\tif size[i] > room and pinfo.can_desegment > 0 and\n"
	"\t\t\t\t\t(r.most == 0 or size[i] <= r.most) then\n"
	"\t\t\t\treturn nil, nil, HEAD + TAIL + sum + size[i]\n"
	"\t\t\tend\n"
	"\t\t\tcut = cut or size[i] > room\n"
	"\t\t\tsize[i] = math.min(size[i], room)\n"
	"\t\t\tsum = sum + size[i]\n"
	"\t\tend\n"
	"\tend\n"
	"\treturn moved, size, sum, cut\n"
	"end\n"
	"\n"
	"-- Bytes of the payload of a frame whose head is here; nil: no field says it.\n"
	"local function body_of(buf, at, moved, size)\n"
	"\tfor i, r in ipairs(rows) do\n"
	"\t\tif r.counts then\n"
	"\t\t\tlocal body = count(buf, r, at + moved[i]) - r.counts\n"
	"\t\t\tfor k = r.first, r.last do\n"
	"\t\t\t\tbody = body - size[k]\n"
	"\t\t\tend\n"
	"\t\t\treturn body\n"
	"\t\tend\n"
	"\tend\n"
	"\treturn not BODY and 0 or nil\n"
	"end\n"
	"\n"
	"local function show(tree, buf, r, at)\n"
	"\tlocal first = math.floor(r.bit / 8)\n"
	"\tlocal range = buf(at + first, math.ceil((r.bit + r.bits) / 8) - first)\n"
	"\tif r.kind == \"ip4\" or r.kind == \"mac\" then\n"
	"\t\ttree:add(r.field, range)\n"
	"\telse\n"
	"\t\ttree:add(r.field, range, number(buf, r, at))\n"
	"\tend\n"
	"end\n"
	"\n"
	"-- Bytes of the frame at `at`; negative: so many are missing.\n"
	"local function frame(buf, at, pinfo, root)\n"
	"\tlocal left = buf:len() - at\n"
	"\tif left < HEAD + TAIL then\n"
	"\t\treturn left - HEAD - TAIL\n"
	"\tend\n"
	"\tlocal moved, size, parts, cut = parts_of(buf, at, pinfo)\n"
	"\tif not moved then\n"
	"\t\treturn left - parts\n"
	"\tend\n"
	"\tlocal body = body_of(buf, at, moved, size) or left - HEAD - TAIL - parts\n"
	"\tlocal whole = HEAD + parts + math.max(body, 0) + TAIL\n"
	"\tif left < whole and pinfo.can_desegment > 0 and not cut and\n"
	"\t\t\t(MOST == 0 or body <= MOST) then\n"
	"\t\treturn left - whole\n"
	"\tend\n"
	"\twhole = math.min(whole, left)\n"
	"\tlocal tree = root:add(proto, buf(at, whole))\n"
	"\tfor i, r in ipairs(rows) do\n"
	"\t\tif r.kind ~= \"bytes\" then\n"
	"\t\t\tshow(tree, buf, r, r.tail and at + whole - TAIL or at + moved[i])\n"
	"\t\telseif r.by and size[i] > 0 then\n"
	"\t\t\ttree:add(r.field, buf(at + r.bit / 8 + moved[i], size[i]))\n"
	"\t\telseif not r.by and whole > HEAD + parts + TAIL then\n"
	"\t\t\ttree:add(r.field, buf(at + HEAD + parts, whole - HEAD - parts - TAIL))\n"
	"\t\tend\n"
	"\tend\n"
	"\treturn whole\n"
	"end\n"
	"\n"
	"function proto.dissector(buf, pinfo, root)\n"
	"\tlocal at = 0\n"
	"\tpinfo.cols.protocol = NAME\n"
	"\twhile at < buf:len() do\n"
	"\t\tlocal n = frame(buf, at, pinfo, root)\n"
	"\t\tif n <= 0 then\n"
	"\t\t\tpinfo.desegment_offset = at\n"
	"\t\t\tpinfo.desegment_len = n < 0 and -n or DESEGMENT_ONE_MORE_SEGMENT\n"
	"\t\t\tbreak\n"
	"\t\tend\n"
	"\t\tat = at + n\n"
	"\tend\n"
	"\treturn buf:len()\n"
	"end\n"
	"\n"
	"proto:register_heuristic(\"tcp\", function(buf, pinfo, root)\n"
	"\tif not is_ours(buf, 0) then\n"
	"\t\treturn false\n"
	"\tend\n"
	"\tpinfo.conversation = proto\n"
	"\tproto.dissector(buf, pinfo, root)\n"
	"\treturn true\n"
	"end)\n"
	"\n"
	"local ports, port = DissectorTable.get(\"tcp.port\"), 0\n"
	"ports:add_for_decode_as(proto)\n"
	"function proto.prefs_changed()\n"
	"\tif port ~= 0 then\n"
	"\t\tports:remove(port, proto)\n"
	"\tend\n"
	"\tport = proto.prefs.port\n"
	"\tif port ~= 0 then\n"
	"\t\tports:add(port, proto)\n"
	"\tend\n"
	"end\n";

/* Any text as a string of Lua's. */
static void put_string(struct tc_buf *out, const char *text)
{
	tc_buf_text(out, "\"");
	for (const unsigned char *c = (const unsigned char *)text; *c; c++)
		if (*c < ' ' || *c > '~' || *c == '"' || *c == '\\')
			tc_buf_printf(out, "\\%03u", *c);
		else
			tc_buf_add_u8(out, *c);
	tc_buf_text(out, "\"");
}

static const char *kind_of(const struct tc_field *f)
{
	switch (f->kind) {
	case TC_KIND_IP4:
		return "ip4";
	case TC_KIND_MAC:
		return "mac";
	case TC_KIND_HEX:
	case TC_KIND_HEX_LE:
	case TC_KIND_CSUM:
	case TC_KIND_CSUM_LE:
		return "hex";
	default:
		return f->bits ? "dec" : "bytes";
	}
}

static void put_values(struct tc_buf *out, const struct tc_sym *s)
{
	if (!s)
		return;
	tc_buf_text(out, ", values = {");
	for (; s->name; s++) {
		tc_buf_printf(out, " [%" PRIu32 "] = ", s->value);
		put_string(out, s->name);
		tc_buf_text(out, s[1].name ? "," : " ");
	}
	tc_buf_text(out, "}");
}

/* The name behind "HEADER.", or all of it. */
static const char *short_name(const struct tc_field *f)
{
	const char *dot = strchr(f->name, '.');

	return dot ? dot + 1 : f->name;
}

static void put_row(struct tc_buf *out, const struct tc_header *h, unsigned row)
{
	const struct tc_field *f = &h->rows[row];
	bool tail = h->var_row >= 0 && row > (unsigned)h->var_row;

	tc_buf_text(out, "\t{ name = ");
	put_string(out, short_name(f));
	tc_buf_text(out, ", title = ");
	put_string(out, *f->doc ? f->doc : short_name(f));
	tc_buf_printf(out, ", kind = \"%s\", bit = %u, bits = %u", kind_of(f), f->off, f->bits);
	if (f->kind == TC_KIND_CSUM_LE || f->kind == TC_KIND_UINT_LE || f->kind == TC_KIND_HEX_LE)
		tc_buf_text(out, ", little = true");
	if (tail && f->bits)
		tc_buf_text(out, ", tail = true");
	if (!tail && f->bits <= 32 && h->mark_rows >> row & 1)
		tc_buf_printf(out, ", mark = %" PRIu64, f->def);
	if (!tail && f->autofill == TC_FILL_VAR_LEN && (int)f->to >= h->var_row)
		tc_buf_printf(out, ", counts = %d, first = %u, last = %u", f->add, f->from + 1u,
			      f->to + 1u);
	for (unsigned k = 0; k < h->n_parts; k++)
		if (h->parts[k].row == row)
			tc_buf_printf(out, ", by = %u, besides = %d, most = %u",
				      h->parts[k].counter + 1u, h->rows[h->parts[k].counter].add,
				      h->parts[k].max);
	put_values(out, f->syms);
	tc_buf_text(out, " },\n");
}

void tc_header_lua(struct tc_buf *out, const struct tc_header *h)
{
	tc_buf_text(out, "-- A dissector for Wireshark, made by tcpcraft fields --lua.\n"
			 "local NAME, TITLE = ");
	put_string(out, h->name);
	tc_buf_text(out, ", ");
	put_string(out, *h->title ? h->title : h->name);
	tc_buf_printf(out, "\n-- Fixed bytes before the payload and behind it; is there one; 0: of any "
			   "length.\nlocal HEAD, TAIL, BODY, MOST = %u, %u, %s, %u\n"
			   "local rows = {\n",
		      h->head_bytes, h->tail_bytes, h->var_row >= 0 ? "true" : "false",
		      h->var_max);
	for (unsigned row = 0; row < h->n_rows; row++)
		put_row(out, h, row);
	tc_buf_text(out, "}\n\n");
	tc_buf_text(out, walk);
}
