using System.CommandLine;
using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Evaluate;

/// <summary><c>mme evaluate</c>: how well a model does on images whose labels are known.</summary>
internal static class EvaluateCommand
{
    private const double DefaultTarget = 0.95;

    public static Command Create()
    {
        var model = new Argument<string>("model")
        {
            Description = "A model folder, or the name of one under models/, or of a published model.",
        };
        var images = new Option<string>("--images")
        {
            Description = "A folder with a folder of images per label.",
            Required = true,
            HelpName = "FOLDER",
        };
        var target = Target();
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var html = new Option<string?>("--html")
        {
            Description = "Write a report as one HTML file, with thumbnails of the surest mistakes.",
            HelpName = "FILE",
        };
        var storage = StorageOption.Create();
        storage.Description = "Evaluate the published model of this storage account. Without it, a local folder comes "
            + "first, and then the account in the environment.";
        var command = new ExampleCommand(
            "evaluate",
            "Measures how well a model does on labelled images; suggests a temperature and an acceptance threshold.",
            """
            Examples:
              mme evaluate cifar10 --images held-out/ --html report.html
              mme evaluate out/flowers --images photos/ --target 0.99
              mme evaluate cifar10 --images held-out/ --json | jq .temperature.value

            The folder has a folder per label: held-out/cat/1.jpg. Names match in any case. Use images that the model
            was not trained on. Images that are refused or have no known label are reported, and are in no figure.
            """)
        {
            model, images, target, json, html, storage,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(model),
            parsed.GetValue(storage),
            new EvaluateOptions(
                parsed.GetRequiredValue(images),
                parsed.GetValue(target),
                parsed.GetValue(json),
                parsed.GetValue(html)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string model, string? storage, EvaluateOptions options, CancellationToken cancellationToken)
    {
        if (storage is null && File.Exists(model) && ModelFolder.FindProblem(model) is { } notFolder)
        {
            throw new CommandException(ExitCodes.Usage, notFolder);
        }

        var folder = new ModelFolder(model);
        if (storage is null && folder.Exists)
        {
            if (!folder.Name.TryGet(out var local, out var refusal))
            {
                throw new CommandException(ExitCodes.Usage, refusal.Message);
            }

            using var host = LocalHost.Build(folder.Parent);
            return await EvaluateRun.RunAsync(
                host.Services, local, options, (ExitCodes.Usage, folder.Missing), cancellationToken);
        }

        if (storage is null && !StorageHost.IsConfigured())
        {
            throw new CommandException(
                ExitCodes.Usage, $"{folder.Missing} To evaluate a published model, name its account with --storage.");
        }

        if (!ModelName.Parse(model).TryGet(out var name, out var problem))
        {
            throw new CommandException(ExitCodes.Usage, problem.Message);
        }

        using var storageHost = StorageHost.Build(storage);
        return await EvaluateRun.RunAsync(
            storageHost.Services,
            name,
            options,
            (ExitCodes.NotFound, $"No model '{name}' is published; 'mme models list' shows what is."),
            cancellationToken);
    }

    private static Option<double> Target()
    {
        var option = new Option<double>("--target")
        {
            Description = "Accuracy that accepted answers must reach, above 0 and below 1.",
            DefaultValueFactory = _ => DefaultTarget,
            HelpName = "SHARE",
        };
        option.CustomParser = result =>
        {
            var token = result.Tokens[^1].Value;
            if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
                && value is > 0 and < 1)
            {
                return value;
            }

            result.AddError($"--target is '{token}', but must be a number above 0 and below 1.");
            return DefaultTarget;
        };
        return option;
    }
}

/// <param name="Images">The folder that has a folder per label.</param>
/// <param name="Target">Accuracy that accepted answers must reach, 0 to 1.</param>
/// <param name="IsJson">Print JSON rather than tables.</param>
/// <param name="Html">File of the report; null for none.</param>
internal sealed record EvaluateOptions(string Images, double Target, bool IsJson, string? Html);
