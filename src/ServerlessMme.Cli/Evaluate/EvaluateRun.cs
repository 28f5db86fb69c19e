using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Cli.Progress;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;
using ServerlessMme.Core.Pipeline;
using ServerlessMme.Core.Requests;
using ServerlessMme.Core.Review;

namespace ServerlessMme.Cli.Evaluate;

/// <summary>Runs an evaluation, from the images to the report.</summary>
internal static class EvaluateRun
{
    /// <param name="labeled">The images and their correct labels.</param>
    /// <param name="missing">The exit code and message if the model doesn't exist.</param>
    /// <exception cref="CommandException">The images or the model cannot be evaluated.</exception>
    public static async Task<int> RunAsync(
        IServiceProvider services,
        ModelName name,
        IEvaluationImages labeled,
        EvaluateOptions options,
        (int ExitCode, string Message) missing,
        CancellationToken cancellationToken)
    {
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
                $"'{name}' can give an image several labels (output.task is multi), but only one correct label per "
                + "image is known. Evaluate a model that gives each image one label.");
        }

        var set = labeled.Match(name, model.Manifest.Labels).Sample(options.Sample);
        var sink = await ScoreAsync(services, name, model, set, cancellationToken);
        var images = new EvaluatedImages(
            sink.Scored.Count, sink.Refused, set.UnknownFolders, set.Unlabeled, set.Skipped)
        {
            UnknownLabels = set.UnknownLabels,
            ArchiveEntries = set.ArchiveEntries,
            SampledFrom = set.SampledFrom,
        };
        if (sink.Scored.Count == 0)
        {
            var first = sink.Refused[0];
            throw new CommandException(
                ExitCodes.Failed,
                $"No image could be scored. The first one was refused with {first.Code}: {first.Message}");
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
            var keys = set.Images.ToDictionary(image => image.Name, image => image.Key);
            var thumbnails = await Thumbnails.MakeAsync(
                services, set.Source, name, document.Mistakes.Select(mistake => (mistake.Image, keys[mistake.Image])),
                cancellationToken);
            var page = new EvaluationPage(evaluation, document, model.Manifest.Labels, thumbnails, set.Container);
            await File.WriteAllBytesAsync(file, page.Write(), cancellationToken);
        }

        await ReportAsync(document, set.Container, options, cancellationToken);
        return ExitCodes.Done;
    }

    private static async Task<ScoreSink> ScoreAsync(
        IServiceProvider services,
        ModelName name,
        LoadedModel model,
        LabeledImages set,
        CancellationToken cancellationToken)
    {
        var labels = model.Manifest.Labels.Count;
        var request = new ClassifyRequest(name, [.. set.Images.Select(image => image.Key)], Top: labels);
        return await StepProgress.RunAsync("image", set.Images.Count, async advance =>
        {
            var sink = new ScoreSink(set.Truths, labels, model.Digest, advance);
            await services.GetRequiredService<BatchClassifier>()
                .RunAsync(request, set.Source, sink, null, cancellationToken);
            return sink;
        });
    }

    private static async Task ReportAsync(
        EvaluationDocument document,
        string? container,
        EvaluateOptions options,
        CancellationToken cancellationToken)
    {
        // Standard output has only the figures, in every format.
        foreach (var line in EvaluationText.LeftOut(document, container))
        {
            await Console.Error.WriteLineAsync($"Left out: {line}");
        }

        if (options.Format == OutputFormat.Csv)
        {
            EvaluationText.PrintCsv(document);
            return;
        }

        if (options.Format == OutputFormat.Json)
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
}
