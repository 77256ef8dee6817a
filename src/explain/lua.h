/* SPDX-License-Identifier: BSD-2-Clause */
/* A header that was read from text, as a dissector for Wireshark. */
#ifndef EXPLAIN_LUA_H
#define EXPLAIN_LUA_H

struct tc_buf;
struct tc_header;

/*
 * Append a script in Lua for Wireshark's -X lua_script: or its folder of plugins. Fields are
 * NAME.FIELD as here; where Wireshark has a protocol of that name, spec_NAME.FIELD. Frames
 * follow one another where a field says how long they are, else a frame is what a segment has.
 * It is tried on every TCP payload that begins with the header's constants; without any, on
 * the port of its preferences and where `decode as` says so. Sums are shown, and not judged.
 */
void tc_header_lua(struct tc_buf *out, const struct tc_header *h);

#endif
