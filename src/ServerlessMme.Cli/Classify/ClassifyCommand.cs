using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Cli.Progress;
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
    public static Command Create()
    {
        var paths = new Argument<string[]>("paths")
        {
            Description = "Images and folders of images.",
            Arity = ArgumentArity.OneOrMore,
        };
        var model = new Option<string?>("--model")
        {
            Description = "A model folder, or the name of one under models/.",
            HelpName = "NAME|FOLDER",
        };
        var group = new Option<string?>("--group")
        {
            Description = "A group file, or the name of a group under models/. Use it instead of --model to get an "
                + "answer from every member.",
            HelpName = "NAME|FILE",
        };
        var format = new FormatOption(
            OutputFormat.Table, OutputFormat.Json, OutputFormat.JsonLines, OutputFormat.Csv);
        var top = new Option<int?>("--top")
        {
            Description = "Number of classes per answer. Default: the number in model.json.",
        };
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
              mme classify photo.jpg --group topics

            For a group, the table shows the best answer; json, jsonl and csv contain every member's answer. In folders,
            files without an image extension are skipped, and counted on standard error. The exit code is 0, or 1 if an
            image was refused, or 2 if the command line is invalid.
            """)
        {
            paths, model, group, top,
        };
        format.AddTo(command);
        LocalModels.Complete(model);
        NotEmpty.Check(model, group);
        command.Validators.Add(result =>
        {
            if ((result.GetResult(model) is null) == (result.GetResult(group) is null))
            {
                result.AddError("Specify either '--model' or '--group'.");
            }
        });
        command.SetAction((parsed, cancellationToken) => RunAsync(
            parsed.GetRequiredValue(paths),
            parsed.GetValue(model),
            parsed.GetValue(group),
            format.Of(parsed),
            parsed.GetValue(top),
            cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string[] paths,
        string? modelText,
        string? groupText,
        OutputFormat format,
        int? top,
        CancellationToken cancellationToken)
    {
        var files = LocalImages.Find(paths);
        var images = files.Images;
        if (files.Missing is { } missing)
        {
            return Usage($"There is no file or folder '{missing}'.");
        }

        if (images.Count == 0)
        {
            var first = string.Join(" and ", paths.Take(3).Select(path => $"'{Printable.Text(path)}'"));
            return Usage($"No images found in {first}{(paths.Length > 3 ? $" and {paths.Length - 3} more" : "")}. "
                + files.SearchText);
        }

        var asked = groupText is null ? AskedModel.OfModel(modelText!) : AskedModel.OfGroup(groupText);
        var model = asked.Name;
        var models = new FolderModelCatalog(asked.Parent);
        // Finding a model hashes its files, and the catalog remembers the hash.
        var found = Task.Run(() => models.FindAsync(model, cancellationToken), cancellationToken);
        using var host = LocalHost.BuildUnchecked(models);
        _ = Rehearsal.RunAsync(host.Services, models, found, images[0], cancellationToken);
        using (var acquired = await AcquireAsync(host, model, found, cancellationToken))
        {
            asked.Check(acquired, (await found)?.Members);
        }

        if (files.Skipped is not null)
        {
            // Standard output has labels only, in every format.
            await Console.Error.WriteLineAsync(
                format == OutputFormat.JsonLines ? files.SkippedJson : files.SkippedText);
        }

        var counts = await ClassifyAsync(
            host.Services, model, images, format, groupText is not null, top, cancellationToken);
        return counts.Refused == 0 ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>Loads the model, and checks the settings at the same time.</summary>
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
            // This error names all invalid settings; the model's error would name only one.
            host.Check();
        }

        return await acquired;
    }

    private static async Task<BatchCounts> ClassifyAsync(
        IServiceProvider services,
        ModelName model,
        IReadOnlyList<LocalImage> images,
        OutputFormat format,
        bool isGroup,
        int? top,
        CancellationToken cancellationToken)
    {
        var source = new LocalImageSource(
            images,
            services.GetRequiredService<WorkingMemory>(),
            services.GetRequiredService<IOptions<ImageOptions>>());
        var request = new ClassifyRequest(model, [.. images.Select(image => image.Path)], Top: top);
        await using var output = new BufferedStream(Console.OpenStandardOutput(), 1 << 16);
        ILabelWriter writer = (format, isGroup) switch
        {
            (OutputFormat.Json, _) => new JsonWriter(output, isArray: true),
            (OutputFormat.JsonLines, _) => new JsonWriter(output, isArray: false),
            (OutputFormat.Csv, true) => new GroupCsvWriter(output),
            (OutputFormat.Csv, _) => new CsvWriter(output),
            (_, true) => new GroupTableWriter(Screen.Console),
            _ => new TableWriter(Screen.Console),
        };
        var classifier = services.GetRequiredService<BatchClassifier>();
        var counts = await StepProgress.RunAsync("image", images.Count, advance => classifier.RunAsync(
            request, source, new OrderedSink(images, writer, advance), null, cancellationToken));
        writer.Complete();
        return counts;
    }

    private static int Usage(string message)
    {
        Console.Error.WriteLine(message);
        return ExitCodes.Usage;
    }
}
