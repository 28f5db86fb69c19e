using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Cli.Jobs;

/// <summary>Describes jobs in words.</summary>
internal static class JobText
{
    /// <summary>Describes how many images are answered, by outcome.</summary>
    public static string Counts(Job job)
    {
        var counts = job.Counts;
        var parts = new List<string> { $"{counts.Done} done" };
        Add(counts.Unsure, "of them unsure");
        Add(counts.Refused, "refused");
        Add(counts.Skipped, "skipped");
        Add(counts.GivenUp, "given up");
        Add(counts.Cancelled, "canceled");
        var of = counts.Total is { } total ? $" of {total}" : ", still listing";
        return $"{counts.Answered}{of}: {string.Join(", ", parts)}";

        void Add(long count, string what)
        {
            if (count > 0)
            {
                parts.Add($"{count} {what}");
            }
        }
    }

    /// <summary>Returns the line that ends a watch.</summary>
    public static string Outcome(Job job) =>
        $"{job.Id} {State(job)}: {Counts(job)}{(job.Stopped is { } stopped ? $". {stopped.Reason}" : "")}";

    /// <summary>Describes how many images of an ended job failed, and how to see them; null if none did.</summary>
    public static string? Failures(Job job)
    {
        var counts = job.Counts;
        if (counts.Failed == 0)
        {
            return null;
        }

        string[] places =
        [
            .. counts.Refused > 0 ? (string[])[$"'mme jobs show {job.Id}' shows why"] : [],
            .. counts.GivenUp > 0 ? (string[])["'mme poison list' shows the images that were given up"] : [],
        ];
        var failed = counts.HaveAllFailed
            ? counts.Failed == 1 ? "The only image failed" : $"All {Counted.Of(counts.Failed, "image")} failed"
            : $"{Counted.Number(counts.Failed)} of {Counted.Of(counts.Answered, "image")} failed";
        return $"{failed}. {string.Join(", and ", places)}.";
    }

    public static string State(Job job) => job.State switch
    {
        JobState.Listing => "is being sent",
        JobState.Running => "is running",
        JobState.Completed => "has completed",
        JobState.Cancelled => "was canceled",
        _ => "was stopped because too many images failed",
    };

    /// <summary>Returns a state as a table shows it. Other formats show the stored word.</summary>
    public static string Short(JobState state) =>
        state == JobState.Cancelled ? "canceled" : state.ToString().ToLowerInvariant();

    /// <summary>Describes the job's request in a few words.</summary>
    public static string Asked(Job job) => (job.Kind, job.Asked) switch
    {
        (JobKind.Rescore, { Schedule: { } schedule }) => $"rescore, scheduled {schedule}",
        (JobKind.Rescore, { ChangedOnly: true }) => "rescore, changed only",
        (JobKind.Rescore, _) => "rescore",
        (_, { Folder: { } folder }) => $"folder {folder}",
        (_, { Prefix: { Length: > 0 } prefix }) => $"prefix {prefix}",
        _ => "all images",
    };

    public static string Time(DateTimeOffset? time) =>
        time?.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) ?? "";
}
