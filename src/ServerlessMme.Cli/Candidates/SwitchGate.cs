using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Candidates;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Reconcile;
using ServerlessMme.Storage.Models;

namespace ServerlessMme.Cli.Candidates;

/// <summary>Lets a model replace another only if a comparison of their answers passes.</summary>
internal sealed class SwitchGate
{
    private readonly Option<bool> _ifBetter = new("--if-better")
    {
        Description = "Switch only if the new model is right for more images with known labels.",
    };

    private readonly Option<string?> _require = new("--require")
    {
        Description = "Switch only if the comparison meets these conditions, for example "
            + "\"accuracy>=0.95,agreement>=0.9\". Other metrics: gain, known, unsure and refused.",
        HelpName = "CONDITIONS",
    };

    private readonly Option<int> _sample = CandidateOptions.Sample();

    /// <summary>Adds the gate's options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_ifBetter);
        command.Add(_require);
        command.Add(_sample);
    }

    /// <summary>Returns true if the command line requests a comparison.</summary>
    public bool IsAsked(ParseResult parsed) => parsed.GetValue(_ifBetter) || parsed.GetValue(_require) is not null;

    /// <summary>Checks the conditions before anything else is done.</summary>
    /// <exception cref="CommandException">A condition is invalid.</exception>
    public void CheckConditions(ParseResult parsed) => Requirements(parsed);

    /// <summary>Compares the models, and prints the findings and the reasons for a refusal on standard error.</summary>
    /// <returns>True if the model may replace the other.</returns>
    public async Task<bool> PassesAsync(
        ParseResult parsed,
        IServiceProvider services,
        ModelName model,
        CandidateModel candidate,
        CancellationToken cancellationToken)
    {
        var requirements = Requirements(parsed);
        var published = await OneModel.FindAsync(services, model, cancellationToken);
        if (published is null && (requirements.Count == 0 || !await HasImagesAsync(services, model, cancellationToken)))
        {
            await Console.Error.WriteLineAsync(
                $"No model is published as '{model}', so there is nothing to compare with.");
            return true;
        }

        // A pipeline that runs again must not fail because its first run made the switch.
        if (published is not null && await IsSameAsync(services, model, published, candidate, cancellationToken))
        {
            return true;
        }

        var result = await CandidateRun.RunAsync(
            services, model, candidate, parsed.GetValue(_sample), cancellationToken);
        var failures = requirements.Select(requirement => requirement.FindFailure(result.Comparison)).OfType<string>()
            .ToList();
        if (parsed.GetValue(_ifBetter) && NotBetter(result) is { } reason)
        {
            failures.Insert(0, reason);
        }

        foreach (var line in CandidateText.Findings(result))
        {
            await Console.Error.WriteLineAsync(line);
        }

        foreach (var failure in failures)
        {
            await Console.Error.WriteLineAsync(failure);
        }

        return failures.Count == 0;
    }

    private static async Task<bool> HasImagesAsync(
        IServiceProvider services, ModelName model, CancellationToken cancellationToken) =>
        await services.GetRequiredService<IDropListing>().ListImagesAsync(model, cancellationToken)
            .AnyAsync(cancellationToken);

    private static async Task<bool> IsSameAsync(
        IServiceProvider services,
        ModelName model,
        ModelDescriptor published,
        CandidateModel candidate,
        CancellationToken cancellationToken) => candidate.IsFolder
        ? await services.GetRequiredService<ModelPublisher>().IsPublishedAsync(model, candidate.Text, cancellationToken)
        : published.Target == candidate.Name;

    private static string? NotBetter(CandidateResult result) => result.Comparison.Known switch
    {
        null => "--if-better can't be checked because no image in the container has a correct label. "
            + "'mme truth import' stores correct labels.",
        { Before: null } => null,
        { IsBetter: true } => null,
        { Repaired: 0, Broken: 0 } => "The candidate is not better: it fixes no answers and breaks none. To switch "
            + "even if only scores change, use --require \"agreement>=1\".",
        var known => $"The candidate is not better: it fixes {Counted.Of(known.Repaired, "answer")} and breaks "
            + $"{Counted.Number(known.Broken)}.",
    };

    private IReadOnlyList<Requirement> Requirements(ParseResult parsed)
    {
        if (parsed.GetValue(_require) is not { } text)
        {
            return [];
        }

        return Requirement.Parse(text, out var problem)
            ?? throw new CommandException(ExitCodes.Usage, $"--require: {problem}");
    }
}
