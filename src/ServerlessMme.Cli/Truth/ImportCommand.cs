using System.CommandLine;
using ServerlessMme.Cli.Composition;

namespace ServerlessMme.Cli.Truth;

/// <summary><c>mme truth import</c>.</summary>
internal static class ImportCommand
{
    public static Command Create()
    {
        var model = ModelArgument.Create();
        var source = new Argument<string>("source")
        {
            Description = "A folder with one folder of images per label, or a CSV file with the header image,label.",
        };
        var by = TruthOptions.By();
        var prefix = new Option<string>("--prefix")
        {
            Description = "Prefix of the images' names in the container, as in 2026/11/.",
            DefaultValueFactory = _ => "",
            HelpName = "PREFIX",
        };
        var flat = new Option<bool>("--flat")
        {
            Description = "Names in the container don't include the label's folder: cat/1.jpg is stored as 1.jpg.",
        };
        var force = TruthOptions.Force("Store labels even if the model doesn't have them or isn't published.");
        var replace = new Option<bool>("--replace")
        {
            Description = "Replace stored correct labels that differ from the new ones.",
        };
        NotEmpty.Check(source);
        var command = new ExampleCommand(
            "import",
            "Stores correct labels from a CSV file, or from a folder with one folder of images per label.",
            """
            Examples:
              mme truth import cifar10 photos/
              mme truth import cifar10 labels.csv --by anna
              mme truth import cifar10 sorted/ --flat

            Image names are the names in the container images-MODEL. 'mme submit photos/' and 'mme truth import MODEL
            photos/' use the same names, such as cat/1.jpg. Labels match regardless of case. If any row is invalid, the
            command stores nothing.
            """)
        {
            model, source, by, prefix, flat, force, replace,
        };
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var options = new TruthImportOptions(
                parsed.GetRequiredValue(by), parsed.GetRequiredValue(prefix), parsed.GetValue(flat),
                parsed.GetValue(force), parsed.GetValue(replace));
            var import = new TruthImport(services, ModelArgument.Parse(parsed.GetRequiredValue(model)), options);
            await import.RunAsync(parsed.GetRequiredValue(source), cancellationToken);
            return ExitCodes.Done;
        });
    }
}
