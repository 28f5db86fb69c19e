using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Jobs;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Candidates;

/// <summary><c>mme candidate start|show|stop</c>: controls a candidate that also scores live drops.</summary>
internal static class ShadowCommands
{
    private const double DefaultShare = 0.1;
    private const long DefaultLimit = 10_000;
    private const int MaxExamples = 5;

    public static Command Start()
    {
        var model = ModelArgument.Create();
        var candidate = new Argument<string>("candidate") { Description = "Another published model." };
        var share = Number("--share", DefaultShare, "Share of the drops to score, above 0 and at most 1.", "SHARE");
        var limit = new Option<long>("--limit")
        {
            Description = "Maximum number of images to score.",
            DefaultValueFactory = _ => DefaultLimit,
            HelpName = "COUNT",
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                    && count is > 0 and <= int.MaxValue))
            {
                result.AddError($"--limit is '{token.Value}', but must be a whole number from 1 to {int.MaxValue}.");
            }
        });
        var by = JobOptions.By();
        var command = new Command(
            "start", "Scores a share of a model's new drops with another published model as well.")
        {
            model, candidate, share, limit, by,
        };
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var (name, other) = (ModelArgument.Parse(parsed.GetRequiredValue(model)), ModelArgument.Parse(parsed.GetRequiredValue(candidate)));
            await CheckPublishedAsync(services, name, other, cancellationToken);
            var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
            var shadow = new Shadow(
                name,
                other,
                parsed.GetValue(share),
                parsed.GetValue(limit),
                now.UtcDateTime.ToString("yyyyMMdd-HHmmss-fff", CultureInfo.InvariantCulture),
                Printable.Text(parsed.GetRequiredValue(by), 128),
                now);
            var running = await services.GetRequiredService<ShadowStore>().StartAsync(shadow, cancellationToken);
            if (running is not null)
            {
                throw new CommandException(
                    ExitCodes.Failed,
                    $"'{running.Candidate}' has been scoring alongside '{name}' since {Time(running.StartedAt)}. "
                    + $"'mme candidate stop {name}' stops it.");
            }

            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{other} will score {shadow.Share:0.##%} of {name}'s new drops, at most ")
                + $"{Counted.Of(shadow.Limit, "image")}. It writes no labels.");
            Console.WriteLine($"Workers start within half a minute. 'mme candidate show {name}' shows the results.");
            return ExitCodes.Done;
        });
    }

    public static Command Show()
    {
        var model = ModelArgument.Create();
        var json = JsonOption.Create();
        var command = new Command("show", "Shows how a candidate's answers differ so far.") { model, json };
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var name = ModelArgument.Parse(parsed.GetRequiredValue(model));
            var store = services.GetRequiredService<ShadowStore>();
            if (await store.FindAsync(name, cancellationToken) is not { } shadow)
            {
                throw await NotStartedAsync(services, name, cancellationToken);
            }

            Print(shadow, await store.SumAsync(shadow, except: null, cancellationToken), parsed.GetValue(json));
            return ExitCodes.Done;
        });
    }

    public static Command Stop()
    {
        var model = ModelArgument.Create();
        var json = JsonOption.Create();
        var command = new Command("stop", "Stops scoring new drops with a candidate, and shows the results.")
        {
            model, json,
        };
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var name = ModelArgument.Parse(parsed.GetRequiredValue(model));
            var store = services.GetRequiredService<ShadowStore>();
            var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
            if (await store.StopAsync(name, now, cancellationToken) is not { } shadow)
            {
                throw await store.FindAsync(name, cancellationToken) is { StoppedAt: { } stopped } ended
                    ? new CommandException(
                        ExitCodes.NotFound,
                        $"'{ended.Candidate}' already stopped scoring alongside '{name}' at {Time(stopped)}. "
                            + $"'mme candidate show {name}' shows the results.")
                    : await NotStartedAsync(services, name, cancellationToken);
            }

            Print(shadow, await store.SumAsync(shadow, except: null, cancellationToken), parsed.GetValue(json));
            await (parsed.GetValue(json) ? Console.Error : Console.Out).WriteLineAsync(
                "Workers stop within half a minute.");
            return ExitCodes.Done;
        });
    }

    private static async Task CheckPublishedAsync(
        IServiceProvider services, ModelName model, ModelName candidate, CancellationToken cancellationToken)
    {
        foreach (var name in new[] { model, candidate })
        {
            if (await OneModel.FindAsync(services, name, cancellationToken) is not { } found)
            {
                throw new CommandException(
                    ExitCodes.NotFound,
                    $"No model '{name}' is published. 'mme models list' lists the published models.");
            }

            if (model == candidate || (name == model && found.Target == candidate))
            {
                throw new CommandException(
                    ExitCodes.Usage, $"'{candidate}' already answers for '{model}'. Specify another model.");
            }
        }
    }

    private static void Print(Shadow shadow, ShadowTally tally, bool isJson)
    {
        if (isJson)
        {
            JsonOutput.Write(ShadowDocument.Of(shadow, tally), ShadowJson.Default.ShadowDocument);
            return;
        }

        var started = Time(shadow.StartedAt);
        var period = shadow.StoppedAt is { } stopped ? $"from {started} until {Time(stopped)}"
            : tally.Scored >= shadow.Limit
            ? $"from {started} until it reached its limit of {Counted.Of(shadow.Limit, "image")}"
            : $"since {started}";
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{shadow.Candidate}: {shadow.Share:0.##%} of {shadow.Model}'s drops {period}."));
        if (tally.Agreement is not { } agreement)
        {
            Console.WriteLine("No drops have been scored yet.");
            return;
        }

        foreach (var swap in LabelSwap.Find(tally.Changes))
        {
            Console.WriteLine(swap);
        }

        Console.WriteLine(CandidateText.Agreement(agreement));
        CandidateText.PrintChanges([.. tally.Changes.Where(change => change.From != change.To)]);
        foreach (var example in tally.Examples.Take(MaxExamples))
        {
            Console.WriteLine(
                $"{Printable.Text(example.Image, 200)}: {Printable.Text(example.From, 40)} -> "
                + Printable.Text(example.To, 40));
        }
    }

    private static async Task<CommandException> NotStartedAsync(
        IServiceProvider services, ModelName model, CancellationToken cancellationToken)
    {
        await OneModel.FindAsync(services, model, cancellationToken);
        return new CommandException(
            ExitCodes.NotFound,
            $"No candidate is scoring alongside '{model}'. 'mme candidate start {model} NAME' starts one.");
    }

    private static Option<double> Number(string name, double value, string description, string help)
    {
        var option = new Option<double>(name)
        {
            Description = description,
            DefaultValueFactory = _ => value,
            HelpName = help,
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && !(double.TryParse(token.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                    && number is > 0 and <= 1))
            {
                result.AddError($"{name} is '{token.Value}', but must be a number above 0 and at most 1.");
            }
        });
        return option;
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd HH:mm'Z'", CultureInfo.InvariantCulture);
}
