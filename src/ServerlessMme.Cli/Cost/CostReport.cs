using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Cli.Composition;
using Spectre.Console;

namespace ServerlessMme.Cli.Cost;

/// <summary>Prints bills side by side, as a table or as JSON.</summary>
internal static class CostReport
{
    private static readonly string[] Items =
    [
        "execution", "executions", "always ready", "events", "queue", "blob reads", "blob writes", "sweeps' listings",
        "logs", "instances", "data", "storage",
    ];

    public static void Print(CostModel model, Fleet fleet)
    {
        var bills = model.Bills(fleet);
        var table = new Table().Border(TableBorder.Simple).AddColumn("US dollars per month");
        foreach (var title in (string[])["drops", "lists", "archives", "multi-model endpoint", "endpoint per model"])
        {
            table.AddColumn(new TableColumn(title).RightAligned());
        }

        foreach (var item in Items.Where(item => bills.Any(bill => Of(bill, item) >= 0.005)))
        {
            table.AddRow([item, .. bills.Select(bill => Money(Of(bill, item)))]);
        }

        table.AddRow(["total", .. bills.Select(bill => Money(bill.Usd))]);
        Screen.Console.Write(table);
        Console.WriteLine(Invariant($"Models: {fleet.Models:N0} of {fleet.ModelMB:0.###} MB. ")
            + Invariant($"Images per month: {fleet.Images:N0} of {fleet.ImageKB:0.###} kB. Cold: {fleet.Cold:P0}."));
        foreach (var (endpoint, name) in Endpoints)
        {
            Console.WriteLine(model.CheaperFrom(fleet, endpoint, EndpointKind.Single) is { } images
                ? $"{name} is cheaper than dropping images one by one if you have at least "
                    + Invariant($"{Rounded(images):N0} images per month.")
                : $"{name} is never cheaper than dropping images one by one.");
        }

        Console.WriteLine(Invariant($"One multi-model endpoint needs {model.InstancesSaved(fleet):P1} fewer instances ")
            + "than one endpoint per model.");
        Console.WriteLine("These are list prices. 'mme cost --show-prices' prints them with their dates, sources and "
            + "assumptions.");
    }

    public static string Json(CostModel model, Fleet fleet) => JsonSerializer.Serialize(
        new CostAnswer(
            fleet,
            [.. model.Bills(fleet).Select(bill => new BillAnswer(bill.Hosting, bill.Usd, bill.Lines))],
            model.CheaperFrom(fleet, EndpointKind.Dedicated, EndpointKind.Single),
            model.CheaperFrom(fleet, EndpointKind.MultiModel, EndpointKind.Single),
            model.InstancesSaved(fleet)),
        CostJson.Default.CostAnswer);

    private static (EndpointKind Endpoint, string Name)[] Endpoints =>
        [(EndpointKind.MultiModel, "One multi-model endpoint"), (EndpointKind.Dedicated, "One endpoint per model")];

    private static double Of(Bill bill, string item) =>
        bill.Lines.FirstOrDefault(line => line.Item == item)?.Usd ?? 0;

    private static string Money(double usd) => usd < 0.005 ? "" : usd.ToString("#,0.00", CultureInfo.InvariantCulture);

    // Rounds up to two significant digits, because the assumptions don't support more.
    private static double Rounded(double value)
    {
        var unit = Math.Pow(10, Math.Floor(Math.Log10(Math.Max(1, value))) - 1);
        return Math.Ceiling(value / unit) * unit;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}

internal sealed record CostAnswer(
    Fleet Fleet, IReadOnlyList<BillAnswer> Bills, double? DedicatedCheaperFromImages,
    double? MultiModelCheaperFromImages, double InstancesSaved);

internal sealed record BillAnswer(EndpointKind Hosting, double Usd, IReadOnlyList<CostLine> Lines);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true, UseStringEnumConverter = true)]
[JsonSerializable(typeof(CostAnswer))]
internal sealed partial class CostJson : JsonSerializerContext;
