using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models;

/// <summary><c>mme models show</c>: describes a published model.</summary>
internal static class ShowCommand
{
    private const int ShownLabels = 8;

    public static Command Create()
    {
        var name = new Argument<string>("model") { Description = "A model, an alias or a group." };
        var json = JsonOption.Create();
        var storage = StorageOption.Create();
        var command = new ExampleCommand(
            "show",
            "Shows a published model's version, size, labels, preprocessing and manifest.",
            """
            Examples:
              mme models show cifar10
              mme models show topics

            For a group, the command lists the members.
            """)
        {
            name, json, storage,
        };
        LocalModels.Complete(name);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(
                parsed.GetRequiredValue(name), parsed.GetValue(json), parsed.GetValue(storage), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string text, bool isJson, string? storage, CancellationToken cancellationToken)
    {
        if (!ModelName.Parse(text).TryGet(out var name, out var refusal))
        {
            return ModelsCommand.Usage(refusal.Message);
        }

        using var host = StorageHost.Build(storage);
        var catalog = host.Services.GetRequiredService<IModelCatalog>();
        if (await catalog.FindAsync(name, cancellationToken) is not { } descriptor)
        {
            return ModelsCommand.Missing(name);
        }

        if (isJson && descriptor.Members is not null)
        {
            return GroupCommand.Print(descriptor);
        }

        if (descriptor.Members is { } members)
        {
            GroupText.Show(descriptor, members);
            return ExitCodes.Done;
        }

        if (!(await catalog.FetchAsync(descriptor, cancellationToken)).TryGet(out var files, out refusal))
        {
            return ModelsCommand.Refused(refusal);
        }

        if (isJson)
        {
            await PrintAsync(host, descriptor, files, cancellationToken);
            return ExitCodes.Done;
        }

        if (descriptor.Target is not null)
        {
            Line("alias", name.Value);
        }

        Line("model", (descriptor.Target ?? name).Value);
        Line("version", descriptor.Version);
        Line("digest", files.Digest);
        Line("size", $"{ByteSize.Text(descriptor.Bytes)} published, {ByteSize.Text(BytesOf(files))} on disk");
        var json = await File.ReadAllBytesAsync(files.ManifestPath, cancellationToken);
        if (ManifestReader.Read(name, json).TryGet(out var manifest, out refusal))
        {
            var loader = host.Services.GetRequiredService<ModelLoader>();
            await ExplainAsync(loader, descriptor, manifest, cancellationToken);
        }
        else
        {
            Line("manifest", Printable.Text(refusal.Message, 400));
        }

        Console.WriteLine();
        Console.WriteLine(await File.ReadAllTextAsync(files.ManifestPath, cancellationToken));
        return ExitCodes.Done;
    }

    private static async Task PrintAsync(
        CommandHost host, ModelDescriptor descriptor, ModelFiles files, CancellationToken cancellationToken)
    {
        var json = await File.ReadAllBytesAsync(files.ManifestPath, cancellationToken);
        LoadedModel? model = null;
        // This machine may have no access to a remote model.
        if (ManifestReader.Read(descriptor.Name, json).TryGet(out var manifest, out var problem)
            && manifest.Backend.Type == "onnx")
        {
            var loader = host.Services.GetRequiredService<ModelLoader>();
            (await loader.LoadAsync(descriptor, cancellationToken)).TryGet(out model, out problem);
        }

        using var backend = model?.Backend;
        JsonOutput.Write(
            new ShownModel(
                descriptor.Name.Value,
                (descriptor.Target ?? descriptor.Name).Value,
                descriptor.Version,
                files.Digest,
                descriptor.Bytes,
                BytesOf(files),
                backend?.PrivateBytes,
                backend?.MaxBatch,
                problem?.Message,
                Parse(json)),
            ModelsJson.Default.ShownModel);
    }

    private static JsonElement? Parse(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static async Task ExplainAsync(
        ModelLoader loader, ModelDescriptor descriptor, Manifest manifest, CancellationToken cancellationToken)
    {
        if (manifest.Backend.Type != "onnx")
        {
            Line("runs on", manifest.Backend.Type);
        }
        else if ((await loader.LoadAsync(descriptor, cancellationToken)).TryGet(out var model, out var refusal))
        {
            using var backend = model.Backend;
            Line("memory", $"{ByteSize.Text(backend.PrivateBytes)} private while loaded; weights are mapped from "
                + "files, and models with the same weights share one copy");
            Line("batches", backend.MaxBatch == 1 ? "one image at a time" : $"up to {backend.MaxBatch} images at once");
        }
        else
        {
            Line("problem", Printable.Text(refusal.Message, 400));
        }

        if (manifest.Weights is { } weights)
        {
            Line("weights", $"{weights.ToString().ToLowerInvariant()} in dense layers, made by 'mme models compress'");
        }

        Line("labels", Labels(manifest));
        Line("input", $"{manifest.Input.Width} × {manifest.Input.Height} pixels, {manifest.Input.Channels}, "
            + $"{manifest.Input.Layout}, {manifest.Input.Type.ToString().ToLowerInvariant()}");
        Line("images", ModelCheck.Describe(manifest.Input.Resize));
        Line("values", Values(manifest.Input));
        Line("scores", (manifest.Output.Activation switch
        {
            Activation.Softmax => "the softmax of the output",
            Activation.Sigmoid => "the sigmoid of the output",
            _ => "the output as it is",
        }) + (manifest.Output.Temperature == 1
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", at temperature {manifest.Output.Temperature}"))
            + (manifest.TakesOneScore
            ? $"; the single score belongs to '{Printable.Text(manifest.Labels[1], 40)}'"
            : "") + (manifest.Output.Task == OutputTask.Multi
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"; labels with a score of at least {manifest.Output.Threshold} are true")
            : ""));
    }

    private static string Labels(Manifest manifest)
    {
        var shown = manifest.Labels.Take(ShownLabels).Select(label => Printable.Text(label, 40));
        return $"{manifest.Labels.Count}: {string.Join(", ", shown)}"
            + (manifest.Labels.Count > ShownLabels ? ", …" : "");
    }

    private static string Values(InputSpec input) => input.Type == TensorType.UInt8
        ? "0 to 255, as decoded"
        : string.Join("; ", input.Mean.Zip(input.Std).Distinct().Select(pair => string.Create(
            CultureInfo.InvariantCulture,
            $"{(0 - pair.First) / pair.Second:0.###} to {((255 * input.Scale) - pair.First) / pair.Second:0.###}"))
            .Distinct()) + (input.Mean.Distinct().Count() > 1 ? " per channel" : "");

    private static long BytesOf(ModelFiles files) => new FileInfo(files.ManifestPath).Length
        + (files.OnnxPath is { } onnx ? new FileInfo(onnx).Length : 0);

    private static void Line(string what, string text) => Console.WriteLine($"{what,-10}  {text}");
}
