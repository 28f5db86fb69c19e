using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Candidates;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Models.Compress;
using ServerlessMme.Cli.Models.Init;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Storage.Models;

namespace ServerlessMme.Cli.Models;

/// <summary><c>mme models init|check|compress|push|list|show|alias|group|remove</c>.</summary>
internal static class ModelsCommand
{
    public static Command Create() => new ExampleCommand(
        "models",
        "Prepares and publishes models, and shows the published ones.",
        """
        Examples:
          mme models init flowers.onnx --images photos/
          mme models check models/cifar10
          mme models compress models/cifar10 --images held-out/
          mme models push models/cifar10
          mme models push out/flowers --name flowers-v2
          mme models list
          mme models show cifar10
          mme models alias flowers flowers-v2
          mme models group topics topic-cats topic-boats
          mme models remove cifar10
        """)
    {
        InitCommand.Create(), CheckCommand.Create(), CompressCommand.Create(), Push(), ListCommand.Create(), ShowCommand.Create(),
        AliasCommand.Create(), GroupCommand.Create(), Remove(),
    };

    private static Command Push()
    {
        var folder = new Argument<string>("folder") { Description = "A model folder, or the name of one under models/." };
        var name = new Option<string?>("--name") { Description = "The model's name. Default: the folder's name." };
        var force = new Option<bool>("--force") { Description = "Publish even if 'mme models check' finds a problem." };
        var storage = StorageOption.Create();
        var command = new Command("push", "Checks a model folder, and publishes it as one artifact.")
        {
            folder, name, force, storage,
        };
        var gate = new SwitchGate();
        gate.AddTo(command);
        LocalModels.Complete(folder);
        NotEmpty.Check(folder, name);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var path = new ModelFolder(parsed.GetRequiredValue(folder)).Find();
            if (!ModelName.Parse(parsed.GetValue(name) ?? Path.GetFileName(path))
                .TryGet(out var model, out var refusal))
            {
                return Usage(refusal.Message);
            }

            gate.CheckConditions(parsed);
            if (!parsed.GetValue(force) && !await PassesCheckAsync(model, path, cancellationToken))
            {
                return ExitCodes.Failed;
            }

            using var host = StorageHost.Build(parsed.GetValue(storage));
            if (gate.IsAsked(parsed))
            {
                using var candidate = CandidateModel.OfFolder(path, model);
                if (!await gate.PassesAsync(parsed, host.Services, model, candidate, cancellationToken))
                {
                    Console.Error.WriteLine($"{model} is unchanged. The new version was not published.");
                    return ExitCodes.Failed;
                }
            }

            var publisher = host.Services.GetRequiredService<ModelPublisher>();
            if (!(await publisher.PushAsync(model, path, cancellationToken)).TryGet(out var published, out refusal))
            {
                return Refused(refusal);
            }

            Console.WriteLine(published.IsUnchanged
                ? $"{model} is unchanged. Version {published.Version} has the same content, so all labels stay current."
                : $"{model} is published as version {published.Version}. Drop images into {model.ImagesContainer}.");
            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>
    /// Returns true if the model passes the check. A remote model isn't checked, because this machine may have no
    /// access to it.
    /// </summary>
    private static async Task<bool> PassesCheckAsync(
        ModelName name, string folder, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(folder, "model.json")) || !File.Exists(Path.Combine(folder, "model.onnx")))
        {
            return true;
        }

        var report = await CheckCommand.CheckAsync(name, folder, image: null, cancellationToken);
        if (report.IsFine)
        {
            return true;
        }

        foreach (var line in report.Lines)
        {
            Console.Error.WriteLine(line);
        }

        Console.Error.WriteLine($"{name} was not published. Fix the model, or publish it as it is with --force.");
        return false;
    }

    private static Command Remove()
    {
        var name = new Argument<string>("model") { Description = "A model, an alias or a group." };
        var storage = StorageOption.Create();
        var command = new Command(
            "remove", "Removes a model, an alias or a group. Images, labels and the members of a group stay.")
        {
            name, storage,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (!ModelName.Parse(parsed.GetRequiredValue(name)).TryGet(out var model, out var refusal))
            {
                return Usage(refusal.Message);
            }

            using var host = StorageHost.Build(parsed.GetValue(storage));
            if (!await host.Services.GetRequiredService<ModelPublisher>().RemoveAsync(model, cancellationToken))
            {
                return Missing(model);
            }

            Console.WriteLine($"{model} was removed. Its images and labels stay.");
            var groups = await host.Services.GetRequiredService<IModelCatalog>().ListAsync(cancellationToken)
                .Where(group => group.Members?.Any(member => member.Name == model) == true)
                .Select(group => group.Name.Value)
                .ToListAsync(cancellationToken);
            if (groups.Count > 0)
            {
                await Console.Error.WriteLineAsync(
                    $"{model} is still a member of {Counted.Names(groups)}, where its answers become refusals. Use "
                    + "'mme models group NAME MEMBER...' to define a group again without it.");
            }

            return ExitCodes.Done;
        });
        return command;
    }

    /// <summary>Prints why the model under a name cannot be used.</summary>
    internal static async Task<int> ExplainAsync(
        IModelCatalog catalog, ModelDescriptor descriptor, CancellationToken cancellationToken) =>
        (await catalog.FetchAsync(descriptor, cancellationToken)).Refusal is { } refusal
            ? Refused(refusal)
            : ExitCodes.Done;

    internal static int Missing(ModelName model)
    {
        Console.Error.WriteLine($"No model '{model}' is published. 'mme models list' lists the published models.");
        return ExitCodes.NotFound;
    }

    internal static int Refused(Refusal refusal)
    {
        Console.Error.WriteLine($"{refusal.Code}: {refusal.Message}");
        return ExitCodes.Failed;
    }

    internal static int Usage(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCodes.Usage;
    }
}
