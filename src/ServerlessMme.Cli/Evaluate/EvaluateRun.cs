using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using ServerlessMme.Cli.Classify;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Reports;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>One evaluation, from the folder to the report.</summary>
internal static class EvaluateRun
{
    private const int ShownNames = 8;

    /// <param name="missing">How the command ends when there is no such model.</param>
    /// <exception cref="CommandException">The folder or the model cannot be evaluated.</exception>
    public static async Task<int> RunAsync(
        IServiceProvider services,
        ModelName name,
        EvaluateOptions options,
        (int ExitCode, string Message) missing,
        CancellationToken cancellationToken)
    {
        ReportFile.Check(options.Html);
        var files = FindFiles(options.Images);
        using var acquired = await services.GetRequiredService<ModelCache>()
            .AcquireAsync(name, null, cancellationToken);
        if (acquired.Refusal is { } refusal)
        {
            throw refusal.Code == ErrorCode.ModelNotFound
                ? new CommandException(missing.ExitCode, missing.Message)
                : new CommandException(ExitCodes.Failed, $"{refusal.Code}: {refusal.Message}");
        }

        var model = acquired.Lease!.Model;
        if (model.Manifest.Output.Task == OutputTask.Multi)
        {
            throw new CommandException(
                ExitCodes.Usage,
                $"'{name}' gives an image several labels (output.task multi), and a folder per label says only one of "
                + "them. mme evaluate takes models with one label per image.");
        }

        var folder = LabelledFolder.Of(files.Images, model.Manifest.Labels);
        if (folder.Images.Count == 0)
        {
            throw new CommandException(ExitCodes.Usage, NoLabel(options.Images, name, folder, model.Manifest));
        }

        var source = new LocalImageSource(folder.Images, services.GetRequiredService<IOptions<ImageOptions>>());
        var sink = await ScoreAsync(services, name, model, folder, source, cancellationToken);
        var images = new EvaluatedImages(
            sink.Scored.Count, sink.Refused, folder.Unknown, folder.Unlabelled, files.Skipped);
        if (sink.Scored.Count == 0)
        {
            var first = sink.Refused[0];
            throw new CommandException(
                ExitCodes.Failed, $"No image could be scored. The first problem: {first.Code}: {first.Message}");
        }

        var evaluation = Evaluation.Of(
            sink.Scored, model.Manifest.Labels.Count, model.Manifest.Output, options.Target);
        var document = EvaluationDocument.Of(
            evaluation,
            new EvaluatedModel(
                name.Value, model.Descriptor.Version, model.Digest, model.Backend.Type,
                model.Manifest.Output.Temperature),
            images,
            services.GetRequiredService<TimeProvider>().GetUtcNow(),
            model.Manifest.Labels);
        if (options.Html is { } file)
        {
            var paths = folder.Images.ToDictionary(image => image.Name, image => image.Path);
            var thumbnails = await Thumbnails.MakeAsync(
                services, source, name, document.Mistakes.Select(mistake => (mistake.Image, paths[mistake.Image])),
                cancellationToken);
            var page = new EvaluationPage(evaluation, document, model.Manifest.Labels, thumbnails);
            await File.WriteAllBytesAsync(file, page.Write(), cancellationToken);
        }

        await ReportAsync(document, options, cancellationToken);
        return ExitCodes.Done;
    }

    private static async Task<ScoreSink> ScoreAsync(
        IServiceProvider services,
        ModelName name,
        LoadedModel model,
        LabelledFolder folder,
        LocalImageSource source,
        CancellationToken cancellationToken)
    {
        var labels = model.Manifest.Labels.Count;
        var request = new ClassifyRequest(name, [.. folder.Images.Select(image => image.Path)], Top: labels);
        return await ImageProgress.RunAsync(folder.Images.Count, async advance =>
        {
            var sink = new ScoreSink(folder.Truths, labels, model.Digest, advance);
            await services.GetRequiredService<BatchClassifier>()
                .RunAsync(request, source, sink, null, cancellationToken);
            return sink;
        });
    }

    private static async Task ReportAsync(
        EvaluationDocument document, EvaluateOptions options, CancellationToken cancellationToken)
    {
        // Standard output has the figures only, in both formats.
        foreach (var line in EvaluationText.LeftOut(document))
        {
            await Console.Error.WriteLineAsync($"Left out: {line}");
        }

        if (options.IsJson)
        {
            await using var output = Console.OpenStandardOutput();
            await output.WriteAsync(document.ToJson(), cancellationToken);
            output.WriteByte((byte)'\n');
            return;
        }

        EvaluationText.Print(document);
        if (options.Html is { } file)
        {
            Console.WriteLine($"Report: {file}");
        }
    }

    private static LocalFiles FindFiles(string folder)
    {
        if (!Directory.Exists(folder))
        {
            throw new CommandException(
                ExitCodes.Usage,
                File.Exists(folder)
                    ? $"--images is the file '{folder}', but must be a folder that has a folder of images per label."
                    : $"There is no folder '{folder}'.");
        }

        var files = LocalImages.Find([folder]);
        return files.Images.Count > 0
            ? files
            : throw new CommandException(
                ExitCodes.Usage,
                $"'{folder}' has no images: it is searched for {string.Join(", ", LocalImages.Extensions)}. "
                + files.SkippedText);
    }

    private static string NoLabel(string folder, ModelName name, LabelledFolder found, Manifest manifest)
    {
        var labels = Names(manifest.Labels);
        return found.Unknown.Count == 0
            ? $"The images of '{folder}' are in no folder of a label. Put them into folders named like the labels of "
                + $"'{name}': {labels}."
            : $"No folder of '{folder}' is named like a label of '{name}'. Folders: "
                + $"{Names([.. found.Unknown.Select(each => each.Folder)])}. Labels: {labels}.";
    }

    private static string Names(IReadOnlyList<string> names) =>
        string.Join(", ", names.Take(ShownNames).Select(name => Printable.Text(name, 40)))
        + (names.Count > ShownNames ? ", …" : "");
}
