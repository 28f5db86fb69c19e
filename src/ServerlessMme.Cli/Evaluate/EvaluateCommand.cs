using System.CommandLine;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;

namespace ServerlessMme.Cli.Evaluate;

/// <summary><c>mme evaluate</c>: measures how well a model does on images with known labels.</summary>
internal static class EvaluateCommand
{
    private const double DefaultTarget = 0.95;

    public static Command Create()
    {
        var model = new Argument<string>("model")
        {
            Description = "A model folder, the name of one under models/, or the name of a published model.",
        };
        var images = new Option<string?>("--images")
        {
            Description = "A folder with one folder of images per label.",
            HelpName = "FOLDER",
        };
        var truth = new Option<string?>("--truth")
        {
            Description = "Use the images in storage that have a correct label ('mme truth'). NAME is the model that "
                + "the images belong to. Default: the model being evaluated.",
            Arity = ArgumentArity.ZeroOrOne,
            HelpName = "NAME",
        };
        var sample = Sample();
        var target = Target();
        var format = FormatOption.ForTable();
        var html = new Option<string?>("--html")
        {
            Description = "Write a report as one HTML file, with thumbnails of the most confident mistakes.",
            HelpName = "FILE",
        };
        var storage = StorageOption.Create();
        storage.Description = "Evaluate the model published in this storage account. Default: the local folder that "
            + "<model> names, if it exists; otherwise the model in the account that the environment variables name.";
        var command = new ExampleCommand(
            "evaluate",
            "Measures how well a model does on labeled images. Suggests a temperature and an acceptance threshold.",
            """
            Examples:
              mme evaluate cifar10 --images held-out/ --html report.html
              mme evaluate out/flowers --images photos/ --target 0.99
              mme evaluate cifar10 --images held-out/ --json | jq .temperature.value
              mme evaluate cifar10 --images held-out/ --format csv > labels.csv
              mme evaluate cifar10 --truth --sample 1000
              mme evaluate out/flowers-v2 --truth flowers
              mme evaluate topic-cats --truth topics

            The folder has one folder per label, as in held-out/cat/1.jpg. Folder names match labels regardless of case.
            Use images that the model was not trained on. Images that are refused or have no known label are listed, but
            not counted. With --format csv, the output has one row of figures per label.
            """)
        {
            model, images, truth, sample, target, html, storage,
        };
        format.AddTo(command);
        NotEmpty.Check(model, images, truth);
        LocalModels.Complete(model, truth);
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(model),
            parsed.GetValue(storage),
            new EvaluateOptions(
                parsed.GetValue(images),
                parsed.GetResult(truth) is not null,
                parsed.GetValue(truth),
                parsed.GetValue(sample),
                parsed.GetValue(target),
                format.Of(parsed),
                parsed.GetValue(html)),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string model, string? storage, EvaluateOptions options, CancellationToken cancellationToken)
    {
        if ((options.Images is null) != options.IsTruth)
        {
            throw new CommandException(
                ExitCodes.Usage, "Specify either --images FOLDER or --truth. 'mme evaluate --help' shows examples.");
        }

        ReportFile.Check(options.Html);
        var local = options.Images is { } images ? FolderImages.Find(images) : null;
        if (storage is null && File.Exists(model) && ModelFolder.FindProblem(model) is { } notFolder)
        {
            throw new CommandException(ExitCodes.Usage, notFolder);
        }

        var folder = new ModelFolder(model);
        // With --storage, a name is a published model's. Text with a slash is a path.
        if (folder.Exists && (storage is null || model.AsSpan().IndexOfAny('/', '\\') >= 0))
        {
            if (!folder.Name.TryGet(out var localName, out var refusal))
            {
                throw new CommandException(ExitCodes.Usage, refusal.Message);
            }

            using var host = LocalHost.Build(folder.Parent);
            using var account = options.IsTruth ? StorageHost.Build(storage) : null;
            return await EvaluateRun.RunAsync(
                host.Services,
                localName,
                await ImagesAsync(local, account ?? host, localName, options, cancellationToken),
                options,
                (ExitCodes.Usage, folder.Missing),
                cancellationToken);
        }

        if (storage is null && !StorageHost.IsConfigured() && !LocalAccount.IsRunning)
        {
            throw new CommandException(
                ExitCodes.Usage,
                $"{folder.Missing} To evaluate a published model, specify its account with --storage.");
        }

        if (!ModelName.Parse(model).TryGet(out var name, out var problem))
        {
            throw new CommandException(ExitCodes.Usage, problem.Message);
        }

        using var storageHost = StorageHost.Build(storage);
        // Checked before the images are listed, which may take a long time.
        await OneModel.FindAsync(storageHost.Services, name, cancellationToken);
        return await EvaluateRun.RunAsync(
            storageHost.Services,
            name,
            await ImagesAsync(local, storageHost, name, options, cancellationToken),
            options,
            (ExitCodes.NotFound, $"No model '{name}' is published. 'mme models list' lists the published models."),
            cancellationToken);
    }

    private static async Task<IEvaluationImages> ImagesAsync(
        LocalFiles? local,
        CommandHost host,
        ModelName model,
        EvaluateOptions options,
        CancellationToken cancellationToken)
    {
        if (local is not null)
        {
            return new FolderImages(
                options.Images!, local, host.Services.GetRequiredService<WorkingMemory>(),
                host.Services.GetRequiredService<IOptions<ImageOptions>>());
        }

        if (options.TruthOf is null)
        {
            return await TruthImages.ListAsync(host.Services, model, cancellationToken);
        }

        return ModelName.Parse(options.TruthOf).TryGet(out var other, out var refusal)
            ? await TruthImages.ListAsync(host.Services, other, cancellationToken)
            : throw new CommandException(ExitCodes.Usage, $"--truth: {refusal.Message}");
    }

    private static Option<int?> Sample()
    {
        var option = new Option<int?>("--sample")
        {
            Description = "Number of images to evaluate. Repeated runs choose the same images. Default: all.",
            HelpName = "COUNT",
        };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var n) || n < 1))
            {
                result.AddError($"--sample is '{token.Value}', but must be a whole number of at least 1.");
            }
        });
        return option;
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

/// <param name="Images">The folder that has a folder per label; null with <c>--truth</c>.</param>
/// <param name="IsTruth">True if the correct labels come from storage.</param>
/// <param name="TruthOf">The model that the images belong to; null for the one being evaluated.</param>
/// <param name="Sample">Number of images; null for all.</param>
/// <param name="Target">Accuracy that accepted answers must reach, 0 to 1.</param>
/// <param name="Format">The output format. CSV contains only the labels.</param>
/// <param name="Html">File of the report; null for none.</param>
internal sealed record EvaluateOptions(
    string? Images, bool IsTruth, string? TruthOf, int? Sample, double Target, OutputFormat Format, string? Html);
