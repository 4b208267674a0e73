/* The model itself: nothing is lost, and nothing but the model is said. */
#include "base/json.h"
#include "export/inside.h"

#include "base/banned.h"

int export_json(const struct export *from, struct buf *out, struct err *err)
{
    TRY(json_canonical(out, from->model, err));
    buf_putc(out, '\n');
    return 0;
}
