/* SPDX-License-Identifier: BSD-2-Clause */
/* The connections of a recorded story, as its events go by. */
#include "ladder_own.h"

#include "report/json.h"

#include <stdlib.h>

#define OBJECTS 1000u	/* connections that are told as objects */
#define SLOTS 4u	/* of the table, to each connection that there may be: it stays sparse */

static struct tc_page_connection *nth(const struct tc_page_connections *all, size_t i)
{
	return (struct tc_page_connection *)(void *)all->list.data + i;
}

static size_t count(const struct tc_page_connections *all)
{
	return all->list.len / sizeof(struct tc_page_connection);
}

bool tc_page_connections_open(struct tc_page_connections *all, size_t most)
{
	all->n_slots = SLOTS * (most + 1);
	all->slots = calloc(all->n_slots, sizeof *all->slots);
	all->by_ports = calloc(all->n_slots, sizeof *all->by_ports);
	return all->slots && all->by_ports;
}

/* Where the search for a key begins. */
static size_t hashed(const struct tc_page_connections *all, uint32_t key)
{
	return key * 2654435761u % all->n_slots;		/* Knuth's 2^32 / phi */
}

/* Where a number stands, or would. */
static uint32_t *slot(const struct tc_page_connections *all, unsigned number)
{
	size_t i = hashed(all, number);

	while (all->slots[i] && nth(all, all->slots[i] - 1)->number != number)
		i = (i + 1) % all->n_slots;
	return &all->slots[i];
}

/* Where the latest connection between two ports stands, or would. */
static uint32_t *ports_slot(const struct tc_page_connections *all, const uint16_t port[2])
{
	size_t i = hashed(all, (uint32_t)port[0] << 16 | port[1]);

	while (all->by_ports[i] && memcmp(nth(all, all->by_ports[i] - 1)->port, port,
					 2 * sizeof *port) != 0)
		i = (i + 1) % all->n_slots;
	return &all->by_ports[i];
}

/* The one of that number, or NULL. */
static struct tc_page_connection *find(const struct tc_page_connections *all, unsigned number)
{
	uint32_t at = all->slots ? *slot(all, number) : 0;

	return at ? nth(all, at - 1) : NULL;
}

struct tc_page_connection *tc_page_connection_of(struct tc_page_connections *all,
						 const struct tc_page_event *e)
{
	struct tc_page_connection *c = find(all, e->connection);
	struct tc_page_connection new = { .number = e->connection, .live = e->live,
					  .port = { e->port[0], e->port[1] },
					  .machine = TC_ST_CLOSED };

	if (c)
		return c;
	new.object = json_object();
	put_int(new.object, "number", e->connection);
	if (e->connection) {
		put_end(new.object, "left", &e->addr[0], e->port[0]);
		put_end(new.object, "right", &e->addr[1], e->port[1]);
	}
	tc_buf_add(&all->list, &new, sizeof new);
	if (all->list.failed) {
		json_decref(new.object);
		return NULL;
	}
	*slot(all, e->connection) = (uint32_t)count(all);
	*ports_slot(all, e->port) = (uint32_t)count(all);
	return nth(all, count(all) - 1);
}

unsigned tc_page_connection_of_call(const struct tc_page_connections *all,
				    const struct tc_page_event *call)
{
	uint32_t at;

	if (call->connection || !call->port[0])
		return call->connection;
	at = *ports_slot(all, call->port);
	return at ? nth(all, at - 1)->number : 0;
}

/* Very many are rows, without the names of what is in them. */
static json_t *row_of(json_t *connection)
{
	static const char *const columns[] = { "number", "left", "right", "outcome" };
	json_t *row = json_array(), *live = json_object_get(connection, "live");

	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++) {
		json_t *v = json_object_get(connection, columns[i]);

		json_array_append(row, v ? v : json_null());
	}
	if (live)
		json_array_append(row, live);
	json_decref(connection);
	return row;
}

json_t *tc_page_connections_json(struct tc_page_connections *all, const struct tc_buf *outcomes)
{
	const struct tc_page_outcome *said =
		(const struct tc_page_outcome *)(void *)outcomes->data;
	json_t *list = json_array();

	for (size_t i = 0; i < outcomes->len / sizeof *said; i++) {
		struct tc_page_connection *of = find(all, said[i].connection);

		if (of)
			put_text(of->object, "outcome", said[i].text);
	}
	for (size_t i = 0; i < count(all); i++) {
		if (nth(all, i)->live)
			json_object_set_new(nth(all, i)->object, "live", json_true());
		json_array_append_new(list, i < OBJECTS ? nth(all, i)->object
							: row_of(nth(all, i)->object));
	}
	tc_buf_free(&all->list);
	free(all->slots);
	free(all->by_ports);
	return list;
}
