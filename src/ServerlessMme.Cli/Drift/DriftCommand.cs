using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Drift;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Drift;

/// <summary><c>mme drift</c>: shows whether a model's recent answers have drifted.</summary>
internal static class DriftCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "The model's name." };

    private static readonly Option<string> Since = new("--since")
    {
        Description = "Start of the recent window: an age such as 7d, 12h or 30m, or a time such as 2026-11-24T12:00Z.",
        DefaultValueFactory = _ => "7d",
        HelpName = "TIME",
    };

    private static readonly Option<string> Against = new("--against")
    {
        Description = "Start of the reference window, which ends when the recent window starts.",
        DefaultValueFactory = _ => "30d",
        HelpName = "TIME",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print one JSON object." };

    private static readonly Option<string?> Html = new("--html")
    {
        Description = "Write a report as one HTML file.",
        HelpName = "FILE",
    };

    private static readonly Option<bool> FailOnDrift = new("--fail-on-drift")
    {
        Description = $"Exit with {ExitCodes.Drift} if there is drift.",
    };

    public static Command Create()
    {
        var command = new ExampleCommand(
            "drift",
            "Compares a model's recent answers with earlier ones, based on one listing of its labels.",
            $"""
            Examples:
              mme drift cifar10
              mme drift cifar10 --since 1d --against 8d --html drift.html
              mme drift cifar10 --fail-on-drift

            Drift is a change that is large enough to matter and unlikely to be chance. It can be in the share of one
            label, the shares of all labels, the scores, unsure answers or refusals. Each window needs at least
            {DriftCounts.MinImages} answers.
            """)
        {
            Model, Since, Against, Json, Html, FailOnDrift,
        };
        LocalModels.Complete(Model);
        return StorageHost.Run(command, RunAsync);
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, IServiceProvider services, CancellationToken cancellationToken)
    {
        if (!ModelName.Parse(parsed.GetRequiredValue(Model)).TryGet(out var model, out var refusal))
        {
            throw new CommandException(ExitCodes.Usage, refusal.Message);
        }

        var html = parsed.GetValue(Html);
        ReportFile.Check(html);
        var comparer = services.GetRequiredService<DriftComparer>();
        // Invalid times are reported without waiting for storage.
        ReadWindows(parsed, services.GetRequiredService<TimeProvider>().GetUtcNow());
        var windows = ReadWindows(parsed, await comparer.NowAsync(cancellationToken));
        var counts = await comparer.CountAsync(model, windows, cancellationToken);
        if (counts.Seen == 0)
        {
            throw new CommandException(
                ExitCodes.NotFound, $"'{model}' has no labels. 'mme models list' lists the published models.");
        }

        if (counts.Problem is { } problem)
        {
            throw new CommandException(
                ExitCodes.Failed,
                string.Join(
                    '\n',
                    counts.DateWarnings.Prepend(
                        $"'{model}' has {problem}. Choose other windows with --since and --against.")));
        }

        var document = DriftAnalysis.Compare(model, counts);
        if (html is not null)
        {
            await File.WriteAllBytesAsync(html, new DriftPage(document).Write(), cancellationToken);
        }

        await PrintAsync(document, parsed.GetValue(Json), html, cancellationToken);
        return document.IsDrift && parsed.GetValue(FailOnDrift) ? ExitCodes.Drift : ExitCodes.Done;
    }

    private static async Task PrintAsync(
        DriftDocument document, bool isJson, string? html, CancellationToken cancellationToken)
    {
        // Standard output has only the figures, in both formats.
        foreach (var warning in document.Warnings)
        {
            await Console.Error.WriteLineAsync($"warning: {warning}");
        }

        if (isJson)
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(document.ToJson(), cancellationToken);
            output.WriteByte((byte)'\n');
            return;
        }

        DriftText.Print(document);
        if (html is not null)
        {
            Console.WriteLine($"Report: {html}");
        }
    }

    private static DriftWindows ReadWindows(ParseResult parsed, DateTimeOffset now)
    {
        var (since, against) = (parsed.GetRequiredValue(Since), parsed.GetRequiredValue(Against));
        var windows = new DriftWindows(Read("--against", against, now), Read("--since", since, now), now);
        return windows.Since >= now
            ? throw new CommandException(ExitCodes.Usage, $"--since is '{since}', but must be in the past.")
            : windows.Against >= windows.Since
            ? throw new CommandException(
                ExitCodes.Usage,
                $"--against is '{against}', but must be earlier than --since, which is '{since}'. The reference window "
                + "lies between them.")
            : windows;
    }

    private static DateTimeOffset Read(string option, string text, DateTimeOffset now) =>
        PointInTime.Parse(text, now)
        ?? throw new CommandException(ExitCodes.Usage, PointInTime.Explain(option, text));
}
