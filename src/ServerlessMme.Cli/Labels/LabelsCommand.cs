using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Labels;

/// <summary><c>mme labels</c>: lists a model's answers.</summary>
internal static class LabelsCommand
{
    private static readonly Argument<string> Model = new("model") { Description = "The model's or group's name." };

    private static readonly Option<bool> Unsure = new("--unsure") { Description = "Show only unsure answers." };

    private static readonly Option<bool> Errors = new("--errors") { Description = "Show only refused images." };

    private static readonly Option<string?> Label = new("--label")
    {
        Description = "Show only this answer, regardless of case.",
    };

    private static readonly Option<double?> Below = new("--below")
    {
        Description = "Show only answers with a score below this value, such as 0.6.",
        CustomParser = result =>
        {
            // A comma would otherwise count as a thousands separator, and be ignored.
            var token = result.Tokens[^1].Value;
            if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var score)
                && double.IsFinite(score))
            {
                return score;
            }

            result.AddError($"--below is '{token}', but must be a number with a decimal point, such as 0.6.");
            return null;
        },
    };

    private static readonly Option<string?> Since = new("--since")
    {
        Description = "Show only labels written since this time: an age such as 7d, 12h or 30m, or a time such as "
            + "2026-11-24T12:00Z.",
        HelpName = "TIME",
    };

    private static readonly Option<string?> Prefix = new("--prefix")
    {
        Description = "Show only images whose name begins with this prefix.",
    };

    private static readonly Option<bool> Top = new("--top")
    {
        Description = "Show the next best classes, and the messages of refusals. Reads every label shown.",
    };

    private static readonly Option<bool> Answers = new("--answers")
    {
        Description = "For a group, list every member's answer, not only the best one. Reads every label.",
    };

    private static readonly Option<string?> Member = new("--member")
    {
        Description = "For a group, list only this member's answers. Reads every label.",
        HelpName = "NAME",
    };

    private static readonly FormatOption Format = new(
        OutputFormat.Table, OutputFormat.Json, OutputFormat.JsonLines, OutputFormat.Csv);

    public static Command Create()
    {
        var command = new ExampleCommand(
            "labels",
            "Lists the answers of a model or group.",
            """
            Examples:
              mme labels cifar10 --unsure
              mme labels cifar10 --label ship --below 0.7 --top
              mme labels cifar10 --errors --since 7d
              mme labels cifar10 --format csv > labels.csv
              mme labels topics
              mme labels topics --answers --errors
              mme labels topics --member topic-cats --label cat

            Archive entries are listed too. If you specify several conditions, an answer must meet all of them. With
            --answers or --member, the conditions apply to the members' answers.
            """)
        {
            Model, Unsure, Errors, Label, Below, Since, Prefix, Top, Answers, Member,
        };
        Format.AddTo(command);
        LocalModels.Complete(Model);
        return StorageHost.Run(command, RunAsync);
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, IServiceProvider services, CancellationToken cancellationToken)
    {
        if (!ModelName.Parse(parsed.GetRequiredValue(Model)).TryGet(out var model, out var refusal))
        {
            return Fail(ExitCodes.Usage, refusal.Message);
        }

        DateTimeOffset? since = null;
        if (parsed.GetValue(Since) is { } text)
        {
            since = PointInTime.Parse(text, services.GetRequiredService<TimeProvider>().GetUtcNow());
            if (since is null)
            {
                return Fail(ExitCodes.Usage, PointInTime.Explain("--since", text));
            }
        }

        var filter = new AnswerFilter(
            parsed.GetValue(Unsure), parsed.GetValue(Errors), parsed.GetValue(Label), parsed.GetValue(Below), since,
            parsed.GetValue(Prefix));
        await using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
        using IAnswerWriter writer = Format.Of(parsed) switch
        {
            OutputFormat.Json => new AnswerJsonWriter(output, isArray: true),
            OutputFormat.JsonLines => new AnswerJsonWriter(output, isArray: false),
            OutputFormat.Csv => new AnswerCsvWriter(output),
            _ => new AnswerTableWriter(output),
        };
        var seen = new Seen();
        var shown = 0L;
        var member = parsed.GetValue(Member) is { } one ? ModelArgument.Parse(one) : null;
        var listing = services.GetRequiredService<AnswerListing>();
        var answers = parsed.GetValue(Answers) || member is not null
            ? listing.ListMembersAsync(model, member, filter, seen.Add, cancellationToken)
                .Where(answer => answer.IsOfGroup || answer.Member is not null)
                // The labels are read for the members' answers, but the next best classes are shown only on request.
                .Select(answer => parsed.GetValue(Top) ? answer : answer with { Top = null, Message = null })
            : listing.ListAsync(model, filter, parsed.GetValue(Top), seen.Add, cancellationToken);
        await foreach (var answer in answers)
        {
            writer.Write(answer);
            shown++;
        }

        if (seen.Members == 0 && seen.Models > 0 && (parsed.GetValue(Answers) || member is not null))
        {
            return Fail(
                ExitCodes.Usage,
                $"'{model}' is not a group, so its labels have no members' answers. Omit --answers and --member.");
        }

        if (member is not null && !seen.Names.Contains(member.Value) && seen.Members > 0)
        {
            return Fail(
                ExitCodes.NotFound,
                $"No label of '{model}' has an answer from '{member}'. 'mme models group {model}' lists the members.");
        }

        return Finish(model, filter, seen.All, shown, seen.Scoreless);
    }

    private static int Finish(ModelName model, AnswerFilter filter, long seen, long shown, long scoreless)
    {
        if (seen == 0)
        {
            return Fail(
                ExitCodes.NotFound,
                $"'{model}' has no labels. 'mme models list' lists the published models, and 'mme status' shows "
                + "whether a worker is running.");
        }

        if (scoreless > 0 && filter.Below is not null)
        {
            Console.Error.WriteLine(
                $"warning: --below leaves out {Counted.Of(scoreless, "label")} that an earlier version of mme "
                + $"wrote without a score in the metadata. 'mme rescore --model {model}' rewrites these labels.");
        }

        if (filter.UnsureOnly && shown == 0)
        {
            Console.Error.WriteLine(
                "No answer is unsure. Answers are marked as unsure only if model.json has 'accept'. "
                + $"'mme labels {model} --below 0.6' lists answers with low scores.");
        }

        // Not parsed, because numbers would be codes too, and labels can be numbers.
        if (shown == 0 && filter.Label is { } label && Array.Find(
            Enum.GetNames<ErrorCode>(), name => name.Equals(label, StringComparison.OrdinalIgnoreCase)) is { } code)
        {
            Console.Error.WriteLine(
                $"{code} is an error, not an answer. 'mme labels {model} --errors' lists the refused images.");
        }

        Console.Error.WriteLine($"{Number(shown)} of {Number(seen)} answers.");
        return ExitCodes.Done;
    }

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    private static int Fail(int exitCode, string message)
    {
        Console.Error.WriteLine(message);
        return exitCode;
    }

    /// <summary>Counts the answers that a listing goes through.</summary>
    private sealed class Seen
    {
        public long All { get; private set; }

        public long Scoreless { get; private set; }

        /// <summary>Answers of a group, or of its members.</summary>
        public long Members { get; private set; }

        /// <summary>Answers of a model.</summary>
        public long Models => All - Members;

        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        public void Add(StoredAnswer answer)
        {
            All++;
            Scoreless += answer is { Error: null, Score: null } ? 1 : 0;
            Members += answer.IsOfGroup || answer.Member is not null ? 1 : 0;
            if (answer.Member is { } member)
            {
                Names.Add(member);
            }
        }
    }
}
