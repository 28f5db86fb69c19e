using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Candidates;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Models;

namespace ServerlessMme.Cli.Models;

/// <summary><c>mme models alias</c>.</summary>
internal static class AliasCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("alias") { Description = "The name that stands for another model." };
        var target = new Argument<string?>("model")
        {
            Description = "The published model that the alias stands for. If you omit it, the command shows the alias.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = JsonOption.Create("Print the alias as one JSON object.");
        var command = new Command(
            "alias",
            "Points an alias at a published model, or shows its model. To remove an alias, use 'mme models remove'.")
        {
            name, target, json,
        };
        var gate = new SwitchGate();
        gate.AddTo(command);
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            if (!ModelName.Parse(parsed.GetRequiredValue(name)).TryGet(out var alias, out var refusal))
            {
                return Usage(refusal.Message);
            }

            if (parsed.GetValue(target) is not { } text)
            {
                return await ShowAsync(
                    services.GetRequiredService<IModelCatalog>(), alias, parsed.GetValue(json), cancellationToken);
            }

            if (!ModelName.Parse(text).TryGet(out var model, out refusal))
            {
                return Usage(refusal.Message);
            }

            gate.CheckConditions(parsed);
            if (gate.IsAsked(parsed)
                && await PassesAsync(gate, parsed, services, alias, model, cancellationToken) is { } failed)
            {
                return failed;
            }

            var publisher = services.GetRequiredService<ModelPublisher>();
            if (!(await publisher.AliasAsync(alias, model, cancellationToken)).TryGet(out var version, out refusal))
            {
                Console.Error.WriteLine($"{refusal.Code}: {refusal.Message}");
                return refusal.Code == ErrorCode.ModelNotFound ? ExitCodes.NotFound : ExitCodes.Failed;
            }

            Console.WriteLine(
                $"{alias} stands for {model}, version {version}. Drop images into {alias.ImagesContainer}.");
            return ExitCodes.Done;
        });
    }

    /// <summary>Returns the exit code if the switch is refused, or null to continue.</summary>
    private static async Task<int?> PassesAsync(
        SwitchGate gate,
        ParseResult parsed,
        IServiceProvider services,
        ModelName alias,
        ModelName model,
        CancellationToken cancellationToken)
    {
        using var candidate = CandidateModel.OfPublished(model, services);
        if (await gate.PassesAsync(parsed, services, alias, candidate, cancellationToken))
        {
            return null;
        }

        Console.Error.WriteLine($"{alias} is unchanged.");
        return ExitCodes.Failed;
    }

    private static async Task<int> ShowAsync(
        IModelCatalog catalog, ModelName alias, bool isJson, CancellationToken cancellationToken)
    {
        if (await catalog.FindAsync(alias, cancellationToken) is not { } descriptor)
        {
            Console.Error.WriteLine($"There is no alias '{alias}'. 'mme models list' lists the aliases.");
            return ExitCodes.NotFound;
        }

        if (isJson)
        {
            return GroupCommand.Print(descriptor);
        }

        if (descriptor.Members is { Count: var members })
        {
            Console.WriteLine(
                $"{alias} is a group of {Counted.Of(members, "member")}. 'mme models group {alias}' lists them.");
            return ExitCodes.Done;
        }

        if (descriptor.Target is null
            && (await catalog.FetchAsync(descriptor, cancellationToken)).Refusal is { } refusal)
        {
            Console.Error.WriteLine($"{refusal.Code}: {refusal.Message}");
            return ExitCodes.Failed;
        }

        Console.WriteLine(descriptor.Target is { } target
            ? $"{alias} stands for {target}, version {descriptor.Version}."
            : $"{alias} is a model, not an alias. Its version is {descriptor.Version}.");
        return ExitCodes.Done;
    }

    private static int Usage(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCodes.Usage;
    }
}
