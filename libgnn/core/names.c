/* Names: texts interned once, found by text or by row.
 *
 *   bytes   the texts, one after another, each with a NUL
 *   base    (n / 65536 + 1) where the texts of each 65536 rows start
 *   start   (n + 1)         where each text starts, from its base: 32 bits, since no text
 *                           is longer than 65534 bytes
 *   slots   (2^slot_bits)   open addressing, linear probing, at most 3/4 full; a slot is
 *   one
 *                           word: row + 1 in the low slot_bits, the low bits of the
 *                           text's hash above; 0 is empty. The place of a text comes from
 *                           the high bits of its hash.
 *
 * So a name costs its text, 1 + 4 bytes, and 5.3 to 10.7 bytes of slots. */
#include <gnn/names.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Short texts: hashed without a call. The compiler decides what to inline, since xxhash's
 * own demands are errors at -Og. */
#define XXH_INLINE_ALL
#define XXH_NO_INLINE_HINTS 1
#include <xxhash.h>

#include "core/alloc.h"

enum {
    BLOCK_BITS = 16, /* rows that share a base */
    LONGEST_TEXT = (1 << BLOCK_BITS) - 2,
    LEAST_SLOT_BITS = 4,
    BATCH = 32 /* texts in flight in gnn_names_add_many */
};

struct gnn_names {
    bool integers;
    int64_t n;
    char *bytes;
    size_t n_bytes, bytes_capacity;
    size_t *base;
    size_t base_capacity;
    uint32_t *start;
    size_t start_capacity;
    uint32_t *slots;
    int slot_bits;
};

static uint64_t hash_of(const char *text, size_t length) {
    return XXH3_64bits(text, length);
}

static size_t n_slots(const gnn_names *names) {
    return (size_t)1 << names->slot_bits;
}

static size_t home(const gnn_names *names, uint64_t hash) {
    return (size_t)(hash >> (64 - names->slot_bits));
}

/* The part of a slot that names the row; the rest belongs to the hash. */
static uint32_t row_mask(const gnn_names *names) {
    return (uint32_t)(n_slots(names) - 1);
}

static uint32_t tag_of(const gnn_names *names, uint64_t hash) {
    return (uint32_t)((uint64_t)(uint32_t)hash << names->slot_bits);
}

static size_t text_start(const gnn_names *names, int64_t row) {
    return names->base[row >> BLOCK_BITS] + names->start[row];
}

/* Row of a text, or -1; *slot is its slot, or the empty one where it would go. */
static int64_t probe(const gnn_names *names, const char *text, size_t length,
                     uint64_t hash, size_t *slot) {
    size_t mask = n_slots(names) - 1;
    uint32_t rows = row_mask(names);
    uint32_t tag = tag_of(names, hash);
    for (size_t i = home(names, hash);; i = (i + 1) & mask) {
        uint32_t word = names->slots[i];
        *slot = i;
        if (word == 0) return -1;
        if ((word & ~rows) != tag) continue;
        int64_t row = (int64_t)(word & rows) - 1;
        size_t start = text_start(names, row);
        if (text_start(names, row + 1) - start - 1 == length &&
            memcmp(names->bytes + start, text, length) == 0)
            return row;
    }
}

/* Capacity for at least `need`: doubling while small, a quarter more when large. */
static size_t grown(size_t capacity, size_t need) {
    size_t more = capacity + (capacity < ((size_t)1 << 20) ? capacity : capacity / 4);
    return more > need ? more : need;
}

static gnn_status reserve_slots(gnn_names *names, int64_t n) {
    int bits = names->slot_bits > 0 ? names->slot_bits : LEAST_SLOT_BITS;
    while ((int64_t)1 << bits < n + n / 3 + 1) bits++;
    if (names->slots != NULL && bits == names->slot_bits) return GNN_OK;

    uint32_t *slots;
    gnn_status status = gnn_i_calloc(&slots, (size_t)1 << bits, sizeof *slots, "names");
    if (status != GNN_OK) return status;
    gnn_i_free(names->slots);
    names->slots = slots;
    names->slot_bits = bits;
    /* Texts are hashed again, front to back; they are all different. */
    size_t mask = n_slots(names) - 1;
    for (int64_t row = 0; row < names->n; row++) {
        size_t start = text_start(names, row);
        uint64_t hash =
            hash_of(names->bytes + start, text_start(names, row + 1) - start - 1);
        size_t i = home(names, hash);
        while (slots[i] != 0) i = (i + 1) & mask;
        slots[i] = (uint32_t)(row + 1) | tag_of(names, hash);
    }
    return GNN_OK;
}

static gnn_status reserve_rows(gnn_names *names, int64_t n) {
    size_t starts = (size_t)n + 1;
    if (starts > names->start_capacity) {
        size_t capacity = grown(names->start_capacity, starts);
        gnn_status status =
            gnn_i_realloc(&names->start, capacity, sizeof *names->start, "names");
        if (status != GNN_OK) return status;
        names->start_capacity = capacity;
    }
    size_t bases = ((size_t)n >> BLOCK_BITS) + 1;
    if (bases > names->base_capacity) {
        size_t capacity = grown(names->base_capacity, bases);
        gnn_status status =
            gnn_i_realloc(&names->base, capacity, sizeof *names->base, "names");
        if (status != GNN_OK) return status;
        names->base_capacity = capacity;
    }
    return GNN_OK;
}

static gnn_status reserve_bytes(gnn_names *names, size_t n_bytes) {
    if (n_bytes <= names->bytes_capacity) return GNN_OK;
    size_t capacity = grown(names->bytes_capacity, n_bytes);
    gnn_status status = gnn_i_realloc(&names->bytes, capacity, 1, "names");
    if (status == GNN_OK) names->bytes_capacity = capacity;
    return status;
}

/* Record that the text of `row` starts at the end of the bytes. */
static void mark_start(gnn_names *names, int64_t row) {
    if (row % (1 << BLOCK_BITS) == 0) names->base[row >> BLOCK_BITS] = names->n_bytes;
    names->start[row] = (uint32_t)(names->n_bytes - names->base[row >> BLOCK_BITS]);
}

static gnn_status check_text(const char *text, size_t length) {
    if (length > LONGEST_TEXT)
        return gnn_fail(GNN_ERR_ARGUMENT, "a name of %zu bytes: at most %d are allowed",
                        length, LONGEST_TEXT);
    for (size_t i = 0; i < length; i++)
        if (text[i] == '\0' || text[i] == '\t' || text[i] == '\n')
            return gnn_fail(GNN_ERR_ARGUMENT,
                            "name '%.*s' holds a NUL, a tab or a newline", (int)length,
                            text);
    return GNN_OK;
}

/* Append a text that is known to be new; `slot` is where probe stopped. Slots and rows
 * have been reserved. */
static gnn_status append(gnn_names *names, const char *text, size_t length, uint64_t hash,
                         size_t slot) {
    gnn_status status = check_text(text, length);
    if (status == GNN_OK) status = reserve_bytes(names, names->n_bytes + length + 1);
    if (status != GNN_OK) return status;
    memcpy(names->bytes + names->n_bytes, text, length);
    names->bytes[names->n_bytes + length] = '\0';
    names->n_bytes += length + 1;
    names->slots[slot] = (uint32_t)(names->n + 1) | tag_of(names, hash);
    names->n++;
    mark_start(names, names->n);
    return GNN_OK;
}

/* Room for `more` further rows; their texts come later. */
static gnn_status reserve(gnn_names *names, int64_t more) {
    if (names->integers)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "a table of integer names takes no further names");
    if (names->n > INT32_MAX - more)
        return gnn_fail(GNN_ERR_ARGUMENT, "more than %d different names", INT32_MAX);
    gnn_status status = reserve_rows(names, names->n + more);
    if (status == GNN_OK) status = reserve_slots(names, names->n + more);
    return status;
}

gnn_status gnn_names_new(gnn_names **names) {
    gnn_status status;
    gnn_names *made = NULL;
    *names = NULL;
    GNN_TRY(gnn_i_calloc(&made, 1, sizeof *made, "names"));
    GNN_TRY(reserve(made, 8));
    mark_start(made, 0);
    *names = made;
    made = NULL;
cleanup:
    gnn_names_free(made);
    return status;
}

gnn_status gnn_names_new_integers(int64_t n, gnn_names **names) {
    *names = NULL;
    if (n < 0 || n > INT32_MAX)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "%" PRId64 " integer names: 0 .. %d are possible", n, INT32_MAX);
    gnn_status status = gnn_i_calloc(names, 1, sizeof **names, "names");
    if (status != GNN_OK) return status;
    (*names)->integers = true;
    (*names)->n = n;
    return GNN_OK;
}

void gnn_names_free(gnn_names *names) {
    if (names == NULL) return;
    gnn_i_free(names->bytes);
    gnn_i_free(names->base);
    gnn_i_free(names->start);
    gnn_i_free(names->slots);
    gnn_i_free(names);
}

int64_t gnn_names_count(const gnn_names *names) {
    return names->n;
}

bool gnn_names_are_integers(const gnn_names *names) {
    return names->integers;
}

/* The value of a canonical decimal (no sign, no leading zero) below n; -1 for other
 * texts. */
static int64_t find_integer(int64_t n, const char *text, size_t length) {
    if (length == 0 || length > 10 || (length > 1 && text[0] == '0')) return -1;
    int64_t value = 0;
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') return -1;
        value = 10 * value + (text[i] - '0');
    }
    return value < n ? value : -1;
}

int64_t gnn_names_find(const gnn_names *names, const char *text, size_t length) {
    if (names->integers) return find_integer(names->n, text, length);
    size_t slot;
    return probe(names, text, length, hash_of(text, length), &slot);
}

gnn_status gnn_names_add(gnn_names *names, const char *text, size_t length,
                         int64_t *row) {
    gnn_status status = reserve(names, 1);
    if (status != GNN_OK) return status;
    size_t slot;
    uint64_t hash = hash_of(text, length);
    int64_t found = probe(names, text, length, hash, &slot);
    if (found < 0) {
        status = append(names, text, length, hash, slot);
        if (status != GNN_OK) return status;
        found = names->n - 1;
    }
    *row = found;
    return GNN_OK;
}

/* The row that the first slot with the right tag names: almost always the one looked for.
 * It is used only to fetch memory ahead. */
static int64_t guess(const gnn_names *names, uint64_t hash) {
    size_t mask = n_slots(names) - 1;
    uint32_t rows = row_mask(names);
    uint32_t tag = tag_of(names, hash);
    for (size_t i = home(names, hash);; i = (i + 1) & mask) {
        uint32_t word = names->slots[i];
        if (word == 0) return -1;
        if ((word & ~rows) == tag) return (int64_t)(word & rows) - 1;
    }
}

/* A lookup is a chain of three misses (slot, start, text). Each stage runs over the batch
 * and fetches what the next one reads. */
static gnn_status add_batch(gnn_names *names, int n, const char *const *texts,
                            const uint32_t *lengths, gnn_id *rows) {
    uint64_t hashes[BATCH];
    int64_t guesses[BATCH];
    for (int i = 0; i < n; i++) {
        hashes[i] = hash_of(texts[i], lengths[i]);
        __builtin_prefetch(&names->slots[home(names, hashes[i])]);
    }
    for (int i = 0; i < n; i++) {
        guesses[i] = guess(names, hashes[i]);
        if (guesses[i] >= 0) __builtin_prefetch(&names->start[guesses[i]]);
    }
    for (int i = 0; i < n; i++)
        if (guesses[i] >= 0)
            __builtin_prefetch(names->bytes + text_start(names, guesses[i]));
    for (int i = 0; i < n; i++) {
        size_t slot;
        int64_t row = probe(names, texts[i], lengths[i], hashes[i], &slot);
        if (row < 0) {
            gnn_status status = append(names, texts[i], lengths[i], hashes[i], slot);
            if (status != GNN_OK) return status;
            row = names->n - 1;
        }
        rows[i] = (gnn_id)row;
    }
    return GNN_OK;
}

gnn_status gnn_names_add_many(gnn_names *names, int64_t n, const char *const *texts,
                              const uint32_t *lengths, gnn_id *rows) {
    for (int64_t first = 0; first < n; first += BATCH) {
        int count = n - first < BATCH ? (int)(n - first) : BATCH;
        gnn_status status = reserve(names, count);
        if (status == GNN_OK)
            status =
                add_batch(names, count, texts + first, lengths + first, rows + first);
        if (status != GNN_OK) return status;
    }
    return GNN_OK;
}

const char *gnn_names_get(const gnn_names *names, int64_t row, char *buffer) {
    if (row < 0 || row >= names->n) return NULL;
    if (!names->integers) return names->bytes + text_start(names, row);
    snprintf(buffer, 24, "%" PRId64, row);
    return buffer;
}

size_t gnn_names_bytes(const gnn_names *names) {
    return sizeof *names + names->bytes_capacity +
           names->base_capacity * sizeof *names->base +
           names->start_capacity * sizeof *names->start +
           (names->slots == NULL ? 0 : n_slots(names) * sizeof *names->slots);
}
