/* Cached views and attributes: two short lists that hang on a graph.
 *
 * A view belongs to the graph's content: it is built at first use, under the graph's
 * lock, and lives until the graph changes. The graph itself is const to those who ask for
 * a view; the lists are what may change in it. */
#include <string.h>

#include "graph/storage.h"

struct gnn_i_slot {
    gnn_i_slot *next;
    const gnn_i_view_kind *kind;
    uint64_t number;
    void *view;
    bool fresh; /* false: `view` is storage for the next one, or NULL */
};

static gnn_i_slot *slot_find(const gnn_graph *graph, const gnn_i_view_kind *kind,
                             uint64_t number) {
    for (gnn_i_slot *slot = graph->slots; slot != NULL; slot = slot->next)
        if (slot->kind == kind && slot->number == number) return slot;
    return NULL;
}

static gnn_status slot_get(gnn_graph *graph, const gnn_i_view_kind *kind, uint64_t number,
                           gnn_i_slot **slot) {
    *slot = slot_find(graph, kind, number);
    if (*slot != NULL) return GNN_OK;
    gnn_status status = gnn_i_calloc(slot, 1, sizeof **slot, kind->name);
    if (status != GNN_OK) return status;
    (*slot)->kind = kind;
    (*slot)->number = number;
    (*slot)->next = graph->slots;
    graph->slots = *slot;
    return GNN_OK;
}

static void slot_drop_view(gnn_i_slot *slot) {
    if (slot->view != NULL) slot->kind->free(slot->view);
    slot->view = NULL;
    slot->fresh = false;
}

/* With its view. */
static void slot_unlink(gnn_i_slot **link) {
    gnn_i_slot *slot = *link;
    *link = slot->next;
    slot_drop_view(slot);
    gnn_i_free(slot);
}

static void slot_to_front(gnn_graph *graph, gnn_i_slot *slot) {
    gnn_i_slot **link = &graph->slots;
    while (*link != slot) link = &(*link)->next;
    *link = slot->next;
    slot->next = graph->slots;
    graph->slots = slot;
}

/* The list is in the order of use, latest first. */
static void drop_unused(gnn_graph *graph, const gnn_i_view_kind *kind,
                        const gnn_i_view_holds *holds) {
    int n = 0;
    for (gnn_i_slot **link = &graph->slots; *link != NULL;) {
        gnn_i_slot *slot = *link;
        bool stays = slot->kind != kind || n++ < holds->most ||
                     (slot->view != NULL && holds->is_held(slot->view));
        if (stays)
            link = &slot->next;
        else
            slot_unlink(link);
    }
}

gnn_status gnn_i_graph_view_held(const gnn_graph *graph, const gnn_i_view_kind *kind,
                                 const gnn_i_view_holds *holds, uint64_t number,
                                 const void *argument, const void **view) {
    gnn_graph *g = (gnn_graph *)graph;
    gnn_i_slot *slot;
    *view = NULL;
    pthread_mutex_lock(&g->lock);
    gnn_status status = slot_get(g, kind, number, &slot);
    bool builds = status == GNN_OK && !slot->fresh;
    if (builds) {
        status = kind->build(graph, number, argument, &slot->view);
        slot->fresh = status == GNN_OK;
    }
    if (status == GNN_OK) *view = slot->view;
    if (status == GNN_OK && holds != NULL) {
        holds->hold(slot->view);
        slot_to_front(g, slot);
        if (builds) drop_unused(g, kind, holds);
    }
    pthread_mutex_unlock(&g->lock);
    return status;
}

gnn_status gnn_i_graph_view(const gnn_graph *graph, const gnn_i_view_kind *kind,
                            uint64_t number, const void *argument, const void **view) {
    return gnn_i_graph_view_held(graph, kind, NULL, number, argument, view);
}

void gnn_i_graph_view_drop(const gnn_graph *graph, const gnn_i_view_kind *kind,
                           uint64_t number) {
    gnn_graph *g = (gnn_graph *)graph;
    pthread_mutex_lock(&g->lock);
    for (gnn_i_slot **link = &g->slots; *link != NULL;)
        if ((*link)->kind == kind && (*link)->number == number)
            slot_unlink(link);
        else
            link = &(*link)->next;
    pthread_mutex_unlock(&g->lock);
}

void gnn_i_graph_expire_views(gnn_graph *graph) {
    gnn_i_slot **link = &graph->slots;
    while (*link != NULL) {
        gnn_i_slot *slot = *link;
        slot->fresh = false;
        if (slot->kind->refills) {
            link = &slot->next;
            continue;
        }
        /* With its slot: numbers of such kinds (ids of tensors) may never come again. */
        slot_unlink(link);
    }
}

void gnn_i_graph_drop_views(gnn_graph *graph) {
    while (graph->slots != NULL) slot_unlink(&graph->slots);
}

size_t gnn_i_graph_view_bytes(const gnn_graph *graph) {
    gnn_graph *g = (gnn_graph *)graph;
    size_t bytes = 0;
    pthread_mutex_lock(&g->lock);
    for (const gnn_i_slot *slot = g->slots; slot != NULL; slot = slot->next)
        if (slot->view != NULL && slot->kind->bytes != NULL)
            bytes += slot->kind->bytes(slot->view);
    pthread_mutex_unlock(&g->lock);
    return bytes;
}

/* ---- attributes ---- */

struct gnn_i_attribute {
    gnn_i_attribute *next;
    int axis;
    char *name;
    void *value;
    void (*free)(void *);
};

static gnn_i_attribute **attribute_find(gnn_graph *graph, int axis, const char *name) {
    gnn_i_attribute **link = &graph->attributes;
    while (*link != NULL && ((*link)->axis != axis || strcmp((*link)->name, name) != 0))
        link = &(*link)->next;
    return link;
}

static void attribute_unlink(gnn_i_attribute **link) {
    gnn_i_attribute *attribute = *link;
    *link = attribute->next;
    if (attribute->free != NULL) attribute->free(attribute->value);
    gnn_i_free(attribute->name);
    gnn_i_free(attribute);
}

static gnn_status attribute_new(int axis, const char *name, gnn_i_attribute **attribute) {
    gnn_status status = gnn_i_calloc(attribute, 1, sizeof **attribute, "attribute");
    if (status != GNN_OK) return status;
    (*attribute)->axis = axis;
    status = gnn_i_strdup(&(*attribute)->name, name);
    if (status != GNN_OK) {
        gnn_i_free(*attribute);
        *attribute = NULL;
    }
    return status;
}

gnn_status gnn_i_graph_attribute_set(gnn_graph *graph, int axis, const char *name,
                                     void *take, void (*free)(void *)) {
    gnn_i_attribute *attribute = NULL;
    if (take != NULL) {
        gnn_status status = attribute_new(axis, name, &attribute);
        if (status != GNN_OK) return status;
        attribute->value = take;
        attribute->free = free;
    }
    pthread_mutex_lock(&graph->lock);
    gnn_i_attribute **link = attribute_find(graph, axis, name);
    if (*link != NULL) attribute_unlink(link);
    if (attribute != NULL) {
        attribute->next = *link;
        *link = attribute;
    }
    pthread_mutex_unlock(&graph->lock);
    return GNN_OK;
}

void *gnn_i_graph_attribute(const gnn_graph *graph, int axis, const char *name) {
    gnn_graph *g = (gnn_graph *)graph;
    pthread_mutex_lock(&g->lock);
    gnn_i_attribute *attribute = *attribute_find(g, axis, name);
    void *value = attribute != NULL ? attribute->value : NULL;
    pthread_mutex_unlock(&g->lock);
    return value;
}

void gnn_i_graph_drop_attributes(gnn_graph *graph) {
    while (graph->attributes != NULL) attribute_unlink(&graph->attributes);
}
