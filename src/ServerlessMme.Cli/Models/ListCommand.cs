using System.CommandLine;
using Microsoft.Extensions.DependencyInjection;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Cli.Output;
using ServerlessMme.Core.Models;
using Spectre.Console;

namespace ServerlessMme.Cli.Models;

/// <summary><c>mme models list</c>.</summary>
internal static class ListCommand
{
    public static Command Create()
    {
        var format = FormatOption.ForTable();
        var command = new Command("list", "Lists the published models, aliases and groups.");
        format.AddTo(command);
        return StorageHost.Run(command, async (parsed, services, cancellationToken) =>
        {
            var models = await services.GetRequiredService<IModelCatalog>().ListAsync(cancellationToken)
                .ToListAsync(cancellationToken);
            switch (format.Of(parsed))
            {
                case OutputFormat.Json:
                    JsonOutput.Write([.. models.Select(ListedModel.Of)], ModelsJson.Default.IReadOnlyListListedModel);
                    break;
                case OutputFormat.Csv:
                    PrintCsv(models);
                    break;
                default:
                    PrintTable(models);
                    break;
            }

            return ExitCodes.Done;
        });
    }

    private static void PrintCsv(IEnumerable<ModelDescriptor> models) => CsvOutput.Write(
        ["name", "kind", "target", "version", "bytes", "members"],
        models.Select(ListedModel.Of).Select(IReadOnlyList<string?> (model) =>
        [
            model.Name, model.Kind, model.Target, model.Version, CsvOutput.Number(model.Bytes),
            model.Members is { } members ? string.Join(' ', members.Select(member => member.Name)) : null,
        ]));

    private static void PrintTable(IEnumerable<ModelDescriptor> models)
    {
        var table = new Table().AddColumns("model", "stands for", "version").AddColumn("size", c => c.RightAligned());
        foreach (var model in models)
        {
            var (other, size) = model.Members is { } members
                ? (GroupText.Members(members), "")
                : (model.Target?.Value ?? "", ByteSize.Text(model.Bytes));
            table.AddRow(model.Name.Value, other, model.Version, size);
        }

        Screen.Console.Write(table);
    }
}
