using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Evaluate;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Models.Manifests;

namespace ServerlessMme.Cli.Models.Compress;

/// <summary><c>mme models compress</c>: creates a smaller copy of a model folder, and measures the cost.</summary>
internal static class CompressCommand
{
    private static readonly string[] Written = ["model.json", "model.onnx"];

    public static Command Create()
    {
        var folder = new Argument<string>("folder")
        {
            Description = "A model folder, or the name of one under models/.",
        };
        var images = new Option<string>("--images")
        {
            Description = "Images to compare the answers for, preferably in one folder per label.",
            HelpName = "FOLDER",
            Required = true,
        };
        var outFolder = new Option<string?>("--out")
        {
            Description = "Folder for the copy. Default: the model folder's path plus -int8.",
        };
        var maxLoss = Share(
            "--max-loss",
            "Maximum loss of accuracy. If the images have no labels, the share of images that may get a different "
                + "answer.",
            CompressBounds.DefaultMaxLoss);
        var maxChanged = new Option<double?>("--max-changed")
        {
            Description = "Maximum share of images that may get a different answer, correct or not. Default: "
                + CompressBounds.DefaultMaxChanged.ToString(CultureInfo.InvariantCulture)
                + ", or the value of --max-loss if the images have no labels.",
            HelpName = "SHARE",
            CustomParser = result => ReadShare("--max-changed", result),
        };
        var maxSlowdown = Share(
            "--max-slowdown", "Maximum increase in time per image, as a share.", CompressBounds.DefaultMaxSlowdown);
        var force = new Option<bool>("--force") { Description = "Replace an existing model in the output folder." };
        var json = new Option<bool>("--json") { Description = "Print one JSON object." };
        var command = new ExampleCommand(
            "compress",
            "Creates a copy of a model with 8-bit weights in its dense layers if accuracy, answers and time stay "
                + "within bounds.",
            """
            Examples:
              mme models compress flowers --images held-out/
              mme models compress out/flowers --images held-out/ --out out/flowers-small --max-loss 0.002

            Use images that the model was not trained on. The command writes nothing and exits with 1 if the copy has
            more than half of the original's bytes, loses more accuracy than --max-loss, changes more answers than
            --max-changed, or is slower by more than --max-slowdown.
            """)
        {
            folder, images, outFolder, maxLoss, maxChanged, maxSlowdown, force, json,
        };
        LocalModels.Complete(folder);
        NotEmpty.Check(folder, images, outFolder);
        command.SetAction((parsed, cancellationToken) =>
        {
            var model = new ModelFolder(parsed.GetRequiredValue(folder));
            var options = new CompressOptions(
                parsed.GetRequiredValue(images),
                Path.GetFullPath(parsed.GetValue(outFolder) ?? model.FullPath + "-int8"),
                new CompressBounds(
                    parsed.GetValue(maxLoss), parsed.GetValue(maxChanged), parsed.GetValue(maxSlowdown)),
                parsed.GetValue(force),
                parsed.GetValue(json));
            return RunAsync(model, options, cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        ModelFolder model, CompressOptions options, CancellationToken cancellationToken)
    {
        if (!File.Exists(Path.Combine(model.FullPath, "model.json")))
        {
            throw new CommandException(ExitCodes.Usage, model.FileProblem ?? model.Missing);
        }

        if (!model.Name.TryGet(out var name, out var refusal))
        {
            throw new CommandException(ExitCodes.Usage, refusal.Message);
        }

        await CheckKindAsync(name, model.FullPath, cancellationToken);
        var files = FolderImages.Find(options.Images);
        if (files.Images.Count < CompressVerdict.MinImages)
        {
            throw new CommandException(ExitCodes.Usage, CompressVerdict.TooFew(options.Images, files.Images.Count));
        }

        // This check comes last, because a copy from an earlier run is common and must not hide other mistakes.
        if (FindObstacle(model.FullPath, options) is { } obstacle)
        {
            throw new CommandException(ExitCodes.Usage, obstacle);
        }

        ModelFolder.CheckWritable(options.Out);

        return await CompressRun.RunAsync(name, model.FullPath, files, options, cancellationToken);
    }

    /// <exception cref="CommandException">A model of this kind can't be compressed.</exception>
    private static async Task CheckKindAsync(ModelName name, string folder, CancellationToken cancellationToken)
    {
        var json = await File.ReadAllBytesAsync(Path.Combine(folder, "model.json"), cancellationToken);
        if (!ManifestReader.Read(name, json).TryGet(out var manifest, out var refusal))
        {
            throw new CommandException(ExitCodes.Failed, $"{refusal.Code}: {refusal.Message}");
        }

        if (manifest.Backend.Type != "onnx")
        {
            throw new CommandException(
                ExitCodes.Usage,
                $"'{name}' runs on {manifest.Backend.Type}, but only models that run in process can be compressed.");
        }

        if (manifest.Weights is not null)
        {
            throw new CommandException(
                ExitCodes.Usage, $"'{name}' is already compressed, because its model.json has onnx.weights.");
        }
    }

    /// <summary>Returns why the copy may not be written, or null if it may.</summary>
    private static string? FindObstacle(string folder, CompressOptions options) =>
        // Not even with --force: only the original has the precision that 8-bit weights lose.
        Array.Exists(Written, file => RealPath.IsIn(Path.Combine(folder, file), options.Out))
            ? $"'{Printable.Text(options.Out)}' contains the original model, which is never replaced. Choose another "
                + "folder with --out."
            : ModelFolder.FindObstacle(options.Out, options.MayReplace);

    private static Option<double> Share(string name, string description, double standard) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => standard,
        HelpName = "SHARE",
        CustomParser = result => ReadShare(name, result),
    };

    private static double ReadShare(string name, ArgumentResult result)
    {
        var token = result.Tokens[^1].Value;
        if (double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            && value is >= 0 and <= 1)
        {
            return value;
        }

        result.AddError($"{name} is '{token}', but must be a number from 0 to 1.");
        return 0;
    }
}
