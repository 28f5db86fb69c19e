using System.Buffers;
using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Images;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Cache;
using ServerlessMme.Core.Models.Catalogs;

namespace ServerlessMme.Cli.Models;

/// <summary><c>mme models check</c>: checks a model folder before it is published.</summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("folder") { Description = "A model folder, or the name of one under models/." };
        var image = new Option<string?>("--image")
        {
            Description = "An image to classify. Default: a generated image.",
        };
        var json = JsonOption.Create();
        var command = new ExampleCommand(
            "check",
            "Finds problems in a model folder, and classifies one image with the model.",
            """
            Examples:
              mme models check models/cifar10
              mme models check out/flowers --image rose.jpg

            Exits with 0 if the model can be published, or with 1 if it has a problem.
            """)
        {
            folder, image, json,
        };
        LocalModels.Complete(folder);
        NotEmpty.Check(folder, image);
        command.SetAction((parsed, cancellationToken) =>
            RunAsync(
                parsed.GetRequiredValue(folder), parsed.GetValue(image), parsed.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(
        string folder, string? imagePath, bool isJson, CancellationToken cancellationToken)
    {
        var model = new ModelFolder(folder);
        var path = model.Find();
        if (!model.Name.TryGet(out var name, out var refusal))
        {
            Console.Error.WriteLine(refusal.Message);
            return ExitCodes.Usage;
        }

        using var image = imagePath is null ? null : await ReadAsync(imagePath, cancellationToken);
        var report = await CheckAsync(name, path, image, cancellationToken);
        if (isJson)
        {
            JsonOutput.Write(
                new CheckDocument(name.Value, report.IsFine, report.Findings), ModelsJson.Default.CheckDocument);
        }
        else
        {
            foreach (var line in report.Lines)
            {
                Console.WriteLine(line);
            }
        }

        return report.IsFine ? ExitCodes.Done : ExitCodes.Failed;
    }

    /// <summary>Checks a model folder as if it were published under a name.</summary>
    public static async Task<CheckReport> CheckAsync(
        ModelName name, string folder, EncodedImage? image, CancellationToken cancellationToken)
    {
        using var host = LocalHost.Build(FolderModelCatalog.Of(name, folder));
        var services = host.Services;
        var check = new ModelCheck(
            services.GetRequiredService<IModelCatalog>(),
            services.GetRequiredService<ModelLoader>(),
            services.GetRequiredService<IImagePreprocessor>());
        return await check.RunAsync(name, image, cancellationToken);
    }

    private static async Task<EncodedImage> ReadAsync(string path, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var length = checked((int)file.Length);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        await file.ReadExactlyAsync(rented.AsMemory(0, length), cancellationToken);
        return new EncodedImage(new ImageReference(null, Path.GetFileName(path), null, length), rented, length);
    }
}
