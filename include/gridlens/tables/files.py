"""Files of PanDA jobs, one row a file of a job (contract: ATLAS_PANDA.FILESTABLE4)."""

from gridlens.tables.definition import Table, count, identifier, size, text, time

FILES = Table(
    name="files",
    meaning="Files that PanDA jobs read and wrote.",
    grain="one file of one job, by type",
    key=("pandaid", "fileid", "type", "scope", "lfn", "dataset_name"),
    version="modificationtime",
    day_column="job_day",
    cut="job",
    columns=(
        identifier("pandaid", "PanDA job id."),
        identifier("jeditaskid", "JEDI task of the job."),
        identifier("datasetid", "JEDI dataset id."),
        identifier("fileid", "JEDI file id; the same input keeps it over retries."),
        text("type", "input, output, log or pseudo_input."),
        text("lfn", "Logical file name.", "declared"),
        text("scope", "Rucio scope.", "declared"),
        text(
            "dataset_name",
            "Dataset or container, with or without `scope:`, as recorded.",
            "declared",
        ),
        text("proddblock", "Input dataset (block).", "declared"),
        text("dispatchdblock", "Dispatch block.", "declared"),
        text(
            "destinationdblock",
            "Output dataset (block), with `_sub` suffix as recorded.",
            "declared",
        ),
        size("fsize", "Size of the file."),
        text("guid", "Global id of the file."),
        text("checksum", "`ad:` or `md:` and the sum."),
        text("status", "State of the file."),
        count("attemptnr", "Attempt of the file."),
        time("modificationtime", "Last change of the record."),
    ),
)
