"""PanDA jobs, one row a job (contract: ATLAS_PANDA.JOBSARCHIVED4)."""

from gridlens.tables.definition import Table, count, identifier, number, size, text, time

ERROR_COMPONENTS = (
    "pilot",
    "exe",
    "sup",
    "ddm",
    "brokerage",
    "jobdispatcher",
    "taskbuffer",
)

JOBS = Table(
    name="jobs",
    meaning="PanDA jobs that have come to an end.",
    grain="one job",
    key=("pandaid",),
    version="modificationtime",
    day_column="job_day",
    day_from=("endtime", "statechangetime", "modificationtime"),
    moves=True,
    columns=(
        identifier("pandaid", "PanDA job id."),
        identifier("jeditaskid", "JEDI task that the job belongs to."),
        identifier("reqid", "Request that the task belongs to."),
        identifier("jobsetid", "Job set of the job."),
        count("attemptnr", "Number of this attempt, from 1."),
        count("maxattempt", "Most attempts allowed."),
        identifier("parentid", "Job that this one retries."),
        text("jobstatus", "State: finished, failed, cancelled or closed once it has ended."),
        text("jobsubstatus", "Finer state."),
        time("creationtime", "When the job was made."),
        time("starttime", "When the pilot had the job; stage-in usually comes after it."),
        time("endtime", "When the job ended."),
        time("statechangetime", "Last change of state."),
        time("modificationtime", "Last change of the record; newest wins among copies."),
        text("computingsite", "PanDA queue: not a site; `core.queues` maps it."),
        text("computingelement", "Computing element that the pilot ran on."),
        text("nucleus", "Site that gathers the task's output."),
        text("cloud", "Cloud, as the job's record has it."),
        text("resource_type", "SCORE, MCORE, SCORE_HIMEM or MCORE_HIMEM."),
        text("gshare", "Global share."),
        text("prodsourcelabel", "`user` for user jobs, `managed` and others for production."),
        text("processingtype", "Kind of processing."),
        text("transformation", "Program that the payload runs."),
        text("produsername", "Owner of the job, as a keyed hash.", "hashed"),
        text("produserid", "Owner's identity, as a keyed hash.", "hashed"),
        text("workinggroup", "Working group."),
        text("transfertype", "`direct` where input is read without a copy."),
        count("corecount", "Cores asked for.", "cores", (0, -1)),
        count("actualcorecount", "Cores given.", "cores", (0, -1)),
        count("cpuconsumptiontime", "CPU time of all cores together.", "s"),
        count("hs06", "Core count times core power.", "HS06", (0, -1)),
        count("hs06sec", "Wall time times core power times cores.", "HS06 s", (0, -1)),
        count("ninputdatafiles", "Number of input files."),
        size("inputfilebytes", "Sum of input files, `ddo*` datasets and `*.lib.tgz` left out."),
        count("noutputdatafiles", "Number of output files."),
        size(
            "outputfilebytes",
            "Sum of output files, logs left out; PanDA caps it at 99,999,999,999.",
        ),
        text("inputfileproject", "Project: first token of the input dataset's name."),
        text("inputfiletype", "Data types of the input, a comma list cut at 32 characters."),
        text("proddblock", "Input dataset or container.", "declared"),
        text("destinationdblock", "Output dataset or container.", "declared"),
        *(
            column
            for component in ERROR_COMPONENTS
            for column in (
                number(
                    f"{component}errorcode", f"Error code of the {component} family; 0 is none."
                ),
                text(f"{component}errordiag", f"Diagnosis of the {component} family."),
            )
        ),
        text("transexitcode", "Exit code of the payload."),
        text("pilottiming", "Pilot's stage times, `|` between them, 4 to 6 fields."),
        count("nevents", "Events processed."),
        count("maxpss", "Largest proportional set size.", "kB"),
        count("avgpss", "Mean proportional set size.", "kB"),
        count("maxrss", "Largest resident set size.", "kB"),
        count("maxvmem", "Largest virtual memory.", "kB"),
        count("totrbytes", "Bytes read by the payload.", "kB"),
        count("totwbytes", "Bytes written by the payload.", "kB"),
        number("currentpriority", "Priority when it ran; may be far below zero."),
    ),
)
