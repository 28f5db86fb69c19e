using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Memory;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using Spectre.Console;

namespace ServerlessMme.Cli.Classify;

/// <summary><c>mme classify</c>: classifies local files without storage.</summary>
internal static class ClassifyCommand
{
    private const string Table = "table";
    private const string JsonLines = "jsonl";
    private const string Csv = "csv";

    public static Command Create()
    {
        var paths = new Argument<string[]>("paths")
        {
            Description = "Images, and folders of images.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = new Option<string>("--model")
        {
            Description = "A model folder, or the name of one under models/.",
            Required = true,
            HelpName = "NAME|FOLDER",
        };
        var format = new Option<string>("--format")
        {
            Description = "How labels are printed.",
            DefaultValueFactory = _ => Table,
        };
        format.AcceptOnlyFromAmong(Table, JsonLines, Csv);
        var top = new Option<int?>("--top") { Description = "Classes in each answer. Default: the manifest's." };
        top.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && (!int.TryParse(token.Value, out var n) || n < 1))
            {
                result.AddError($"--top is '{token.Value}', but must be a whole number of at least 1.");
            }
        });
        var command = new ExampleCommand(
            "classify",
            "Classifies local images. Needs no storage.",
            """
            Examples:
              mme classify sample-images/cifar10 --model cifar10
              mme classify photo.jpg --model out/flowers --top 3
              mme classify holiday/ --model cifar10 --format jsonl > labels.jsonl

            Files of a folder that are no images by their extension are skipped, and counted on standard error. Ends
            with 0, with 1 when some image was refused, with 2 when the command line cannot be carried out.
            """)
        {
            paths, model, format, top,
        };
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(paths),
            parsed.GetRequiredValue(model),
            parsed.GetRequiredValue(format),
            parsed.GetValue(top),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string[] paths, string modelText, string format, int? top, CancellationToken cancellationToken)
    {
        var files = LocalImages.Find(paths);
        var images = files.Images;
        if (files.Missing is { } missing)
        {
            return Usage($"There is no file or folder '{missing}'.");
        }

        if (images.Count == 0)
        {
            return Usage($"No images are there: folders are searched for {string.Join(", ", LocalImages.Extensions)}. "
                + files.SkippedText);
        }

        if (File.Exists(modelText) && ModelFolder.FindProblem(modelText) is { } problem)
        {
            return Usage(problem);
        }

        var folder = new ModelFolder(modelText);
        if (!folder.Name.TryGet(out var model, out var refusal))
        {
            return Usage(refusal.Message);
        }

        var models = new FolderModelCatalog(folder.Parent);
        // Finding a model hashes its files, and the catalog remembers the hash.
        var found = Task.Run(() => models.FindAsync(model, cancellationToken), cancellationToken);
        using var host = LocalHost.BuildUnchecked(models);
        _ = Rehearsal.RunAsync(host.Services, models, found, images[0], cancellationToken);
        using (var acquired = await AcquireAsync(host, model, found, cancellationToken))
        {
            if (acquired.Refusal is { Code: ErrorCode.ModelNotFound })
            {
                return Usage(folder.Missing);
            }

            if (acquired.Refusal is { } unusable)
            {
                throw new CommandException(ExitCodes.Failed, $"{unusable.Code}: {unusable.Message}");
            }
        }

        if (files.Skipped is not null)
        {
            // Standard output has labels only, in every format.
            await Console.Error.WriteLineAsync(format == JsonLines ? files.SkippedJson : files.SkippedText);
        }

        var counts = await ClassifyAsync(host.Services, model, images, format, top, cancellationToken);
        return counts.Refused == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>Loads the model, and checks the settings meanwhile.</summary>
    /// <param name="found">The search for the model.</param>
    private static async Task<AcquiredModel> AcquireAsync(
        CommandHost host, ModelName model, Task found, CancellationToken cancellationToken)
    {
        Task<AcquiredModel> acquired;
        try
        {
            var cache = host.Services.GetRequiredService<ModelCache>();
            await found;
            acquired = cache.AcquireAsync(model, null, cancellationToken);
        }
        finally
        {
            // Its error, if there is one, names all invalid settings; the model's would name one of them.
            host.Check();
        }

        return await acquired;
    }

    private static async Task<BatchCounts> ClassifyAsync(
        IServiceProvider services,
        ModelName model,
        IReadOnlyList<LocalImage> images,
        string format,
        int? top,
        CancellationToken cancellationToken)
    {
        var source = new LocalImageSource(
            images,
            services.GetRequiredService<WorkingMemory>(),
            services.GetRequiredService<IOptions<ImageOptions>>());
        var request = new ClassifyRequest(model, [.. images.Select(image => image.Path)], Top: top);
        await using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
        ILabelWriter writer = format switch
        {
            JsonLines => new JsonLinesWriter(output),
            Csv => new CsvWriter(output),
            _ => new TableWriter(Screen.Console),
        };
        var counts = await ImageProgress.RunAsync(images.Count, advance => services.GetRequiredService<BatchClassifier>()
            .RunAsync(request, source, new OrderedSink(images, writer, advance), null, cancellationToken));
        writer.Complete();
        return counts;
    }

    private static int Usage(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCodes.Usage;
    }
}
