using System.CommandLine;
using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Jobs;

namespace ServerlessMme.Cli.Jobs;

/// <summary>Options that several job commands share.</summary>
internal static class JobOptions
{
    public static Option<string> By() => UserOption.Create("Name to record as the person who ran this command.");

    public static Option<int> ErrorThreshold()
    {
        var option = new Option<int>("--error-threshold")
        {
            Description = "Stop the job if more than this many images fail; -1 means no limit.",
            DefaultValueFactory = _ => Job.NoThreshold,
            HelpName = "COUNT",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && (!int.TryParse(token.Value, CultureInfo.InvariantCulture, out var count) || count < Job.NoThreshold))
            {
                result.AddError($"--error-threshold is '{token.Value}', but must be -1, 0 or a positive whole number.");
            }
        });
        return option;
    }

    public static Option<bool> Watch() => new("--watch")
    {
        Description = "Wait for the job to end, and show its progress.",
    };

    /// <summary>Creates the option for the folder of a re-scoring job's report.</summary>
    public static Option<string?> Report() => new("--report")
    {
        Description = "Folder for the report of changed answers, as JSON and HTML. Waits for the job to end.",
        HelpName = "FOLDER",
    };
}
