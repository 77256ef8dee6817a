/* SPDX-License-Identifier: BSD-2-Clause */
/* From what a stack tells to the event that all are told of. */
#include "base/name.h"

#include <tcpcraft/story.h>

const char *tc_tag_name(enum tc_tag tag)
{
	static const char *const names[] = {
#define T(id, name) [TC_TAG_##id] = name,
		TC_TAGS(T)
#undef T
	};

	return TC_NAME(names, tag);
}

static uint32_t tags_of(const struct tc_trace *t)
{
	bool reset = t->rx && t->rx->seg.flags & TC_FLAG_RST;

	return (t->retransmission ? TC_TAG_BIT(RETRANSMISSION) : 0) |
	       (t->unseen ? TC_TAG_BIT(UNSEEN) : 0) | (t->withheld ? TC_TAG_BIT(NOT_SENT) : 0) |
	       (t->origin == TC_ORIGIN_KERNEL && reset ? TC_TAG_BIT(KERNEL_RESET) : 0);
}

struct tc_story_event tc_story_event_of(const struct tc_trace *t)
{
	struct tc_conn_info info;

	tc_conn_info(t->conn, &info);
	return (struct tc_story_event){
		.kind = t->frame ? TC_STORY_SEGMENT : TC_STORY_CHANGE,
		.frame = { .bytes = t->frame, .len = t->frame_len, .wire_len = t->wire_len,
			   .stamp = t->stamp, .dlt = t->dlt },
		.rx = t->rx, .origin = t->origin, .connection = info.id,
		.from = t->frame && t->origin == TC_ORIGIN_PEER,
		.addr = { info.flow.local_addr, info.flow.remote_addr },
		.port = { info.flow.local_port, info.flow.remote_port },
		.isn = { info.iss, info.irs }, .tags = tags_of(t),
		.machine = true, .state = t->state, .news = t->news, .cwnd = { t->cwnd },
		.mutations = t->mutations, .n_mutations = t->n_mutations,
		.surgery = t->surgery,
	};
}

struct tc_isns tc_story_isns(const struct tc_story_event *e)
{
	return (struct tc_isns){ e->isn[e->from], e->isn[!e->from] };
}
