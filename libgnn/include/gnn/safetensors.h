/* Named arrays in a file: the safetensors format, written and read without surprises.
 *
 *     8 bytes   n, the length of the header, little-endian
 *     n bytes   JSON: {"__metadata__": {note: text, …},
 *                name: {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]}, …}
 *     the rest  the arrays, row-major, little-endian, without gaps; offsets start here
 *
 * (https://github.com/huggingface/safetensors). Files written here have a header padded
 * with blanks, so that data start at a multiple of 64, and arrays ordered by falling
 * element size, as given among equals, so that each is aligned. The same arrays give the
 * same bytes. */
#ifndef GNN_SAFETENSORS_H
#define GNN_SAFETENSORS_H

#include <gnn/status.h>

#ifdef __cplusplus
extern "C" {
#endif

#define GNN_ARRAY_MAX_AXES 8

typedef enum gnn_array_type {
    GNN_ARRAY_F64,
    GNN_ARRAY_I64,
    GNN_ARRAY_U64,
    GNN_ARRAY_F32,
    GNN_ARRAY_I32,
    GNN_ARRAY_BF16,
    GNN_ARRAY_U8,
    GNN_N_ARRAY_TYPES
} gnn_array_type;
#if GNN_REAL_DOUBLE
#define GNN_ARRAY_REAL GNN_ARRAY_F64
#else
#define GNN_ARRAY_REAL GNN_ARRAY_F32
#endif

/** "F32" and so on, as the format spells it. */
GNN_API const char *gnn_array_type_name(gnn_array_type type);
/** Bytes of an element. */
GNN_API size_t gnn_array_type_size(gnn_array_type type);

/** Writes elements first .. first+count-1 of an array to `out`; not GNN_OK stops the
 *  writing. It is asked for ascending blocks, so that what is converted or computed on
 *  the way is never in memory whole. */
typedef gnn_status (*gnn_array_fill)(void *user, int64_t first, int64_t count, void *out);

/** A named array: what to write, or what a file holds. */
typedef struct gnn_array {
    const char *name;
    gnn_array_type type;
    int n_axes;                        /**< 0 (a scalar) .. 8 */
    int64_t shape[GNN_ARRAY_MAX_AXES]; /**< n_axes places are used */
    const void *data;                  /**< row-major; borrowed */
    gnn_array_fill fill;               /**< writing, when data is NULL */
    void *user;                        /**< of fill */
} gnn_array;

/** Elements of an array: the product of its axes. */
GNN_API int64_t gnn_array_count(const gnn_array *array);

/** A note of the file's metadata. */
typedef struct gnn_note {
    const char *name;
    const char *text;
} gnn_note;

/** Write arrays and notes to a file, which is replaced in one step (temporary file,
 *  fsync, rename): a failure leaves what was there.
 *  Errors: GNN_ERR_ARGUMENT for a name twice, a shape with a negative or too large axis,
 *  an unknown type; GNN_ERR_OUTPUT when the file cannot be written; what a fill function
 *  returns. */
GNN_API gnn_status gnn_safetensors_write(const char *path, int64_t n,
                                         const gnn_array *arrays, int64_t n_notes,
                                         const gnn_note *notes);

/** A file that is mapped for reading; it may be used from many threads. */
typedef struct gnn_safetensors gnn_safetensors;

/** Map a file and check its header whole: every length and offset lies inside, arrays
 *  neither overlap nor leave gaps, names are unique, arrays are aligned to their element.
 *  Errors: GNN_ERR_INPUT; the message names the file and the array. Cost: O(header). */
GNN_API gnn_status gnn_safetensors_open(const char *path, gnn_safetensors **file);
GNN_API void gnn_safetensors_free(gnn_safetensors *file);

/** Arrays in the order of their data. They and what they point to live as long as
 *  `file`. */
GNN_API int64_t gnn_safetensors_count(const gnn_safetensors *file);
GNN_API const gnn_array *gnn_safetensors_get(const gnn_safetensors *file, int64_t i);
/** The array of a name, NULL when there is none. Cost: O(log n). */
GNN_API const gnn_array *gnn_safetensors_find(const gnn_safetensors *file,
                                              const char *name);
/** The array of a name, which has to have this type and shape; an axis of -1 may be any.
 *  Errors: GNN_ERR_INPUT: "FILE: array 'w' is F32 (2, 3), expected F32 (2, 4)". */
GNN_API gnn_status gnn_safetensors_need(const gnn_safetensors *file, const char *name,
                                        gnn_array_type type, int n_axes,
                                        const int64_t *shape, const gnn_array **array);
/** A note's text, NULL when there is none. */
GNN_API const char *gnn_safetensors_note(const gnn_safetensors *file, const char *name);
/** The path it was opened by. */
GNN_API const char *gnn_safetensors_path(const gnn_safetensors *file);

#ifdef __cplusplus
}
#endif

#endif
