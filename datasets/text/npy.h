/* NumPy's .npy files, format 1.0 to 3.0 (NEP 1): matrices of numbers, read in pieces.
 *
 *   "\x93NUMPY" major minor  header length (2 bytes, from 2.0 on 4)  header  data
 *   header: {'descr': '<f4', 'fortran_order': False, 'shape': (2708, 1433), } */
#ifndef DATASETS_TEXT_NPY_H
#define DATASETS_TEXT_NPY_H

#include "text/stream.h"

typedef struct data_i_npy {
    const char *path; /* borrowed */
    data_i_stream stream;
    char kind;             /* 'f', 'i', 'u' or 'b' */
    int size;              /* bytes a number */
    bool is_fortran;       /* column by column */
    int64_t rows, columns; /* a vector has one column */
} data_i_npy;

/* Whether a path names such a file: it ends in .npy, .npy.gz or .npy.zst. */
bool data_i_is_npy(const char *path);

/* Read the header. Errors: GNN_ERR_INPUT for another format, other than one or two axes,
 * a type other than f4 f8 i1 i2 i4 i8 u1 u2 u4 b1 in little-endian order, 2^31 - 1 rows
 * or columns. */
gnn_status data_i_npy_open(data_i_npy *npy, const char *path);
/* Read the data into values (rows, columns), row-major.
 * Errors: GNN_ERR_INPUT for missing or further bytes and for a value that is not
 * finite. */
gnn_status data_i_npy_values(data_i_npy *npy, gnn_real *values);
void data_i_npy_close(data_i_npy *npy);

#endif
