using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using ServerlessMme.Cli.Composition;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Cost;

/// <summary>The content of prices.json: prices, amounts of work and counts of operations, with sources.</summary>
internal sealed record PriceBook(
    string Note,
    IReadOnlyDictionary<string, Price> Prices,
    IReadOnlyDictionary<string, Quantity> Work,
    Operations Operations)
{
    private static readonly IReadOnlyDictionary<string, Price> NoPrices = new Dictionary<string, Price>();
    private static readonly IReadOnlyDictionary<string, Quantity> NoWork = new Dictionary<string, Quantity>();
    private const string Resource = "ServerlessMme.Cli.Cost.prices.json";

    /// <summary>Returns the text of the prices.json that comes with the program.</summary>
    public static string BuiltIn()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Parses prices.json.</summary>
    /// <param name="file">The file's name, for messages.</param>
    /// <exception cref="PricesException">A value is missing or invalid; the message names it.</exception>
    public static PriceBook Read(string json, string file = "prices.json")
    {
        try
        {
            var book = JsonSerializer.Deserialize(json, PricesJson.Default.PriceBook)
                ?? throw new PricesException($"{file}, line 1, column 1: expected an object in braces, found 'null'.");
            Check(book, file);
            foreach (var (name, price) in book.Prices)
            {
                if (price.Usd < 0 || price.Free < 0 || price.Per <= 0 || !double.IsFinite(price.Usd))
                {
                    throw new PricesException(
                        $"In {file}, 'usd' and 'free' of prices.{name} must not be negative, and 'per' must be above "
                        + "0.");
                }

                if (price.Date.Length == 0 || price.Source.Length == 0)
                {
                    throw new PricesException($"In {file}, prices.{name} needs a date and a source.");
                }
            }

            foreach (var (name, quantity) in book.Work)
            {
                if (!(quantity.Value > 0) || !double.IsFinite(quantity.Value))
                {
                    throw new PricesException($"In {file}, work.{name} is {quantity.Value}, but must be above 0.");
                }
            }

            return book;
        }
        catch (JsonException exception)
        {
            var problem = JsonProblem.Describe(Encoding.UTF8.GetBytes(json), exception, PricesJson.Default.PriceBook);
            throw new PricesException(
                $"{file}, {problem}. 'mme cost --show-prices' prints a valid file.", exception);
        }
    }

    /// <summary>Returns the cost of a month's amount in US dollars, without the free units.</summary>
    /// <exception cref="PricesException">There is no such price.</exception>
    public double Cost(string name, double amount)
    {
        var price = Prices.GetValueOrDefault(name) ?? throw Missing("prices", name);
        return Math.Max(0, amount - price.Free) / price.Per * price.Usd;
    }

    public double this[string work] => (Work.GetValueOrDefault(work) ?? throw Missing("work", work)).Value;

    /// <summary>Checks for members that the file lacks. The deserializer leaves them null.</summary>
    private static void Check(PriceBook book, string file)
    {
        var operations = book.Operations;
        var missing = new (string Name, bool IsMissing)[]
        {
            ("prices", book.Prices is null),
            ("work", book.Work is null),
            ("operations.single", IsMissing(operations?.Single)),
            ("operations.batch", IsMissing(operations?.Batch)),
            ("operations.archive", IsMissing(operations?.Archive)),
        };
        var names = missing.Where(each => each.IsMissing).Select(each => each.Name)
            .Concat((book.Prices ?? NoPrices).Where(price => price.Value is not { Date: not null, Source: not null })
                .Select(price => $"prices.{price.Key} with a date and a source"))
            .Concat((book.Work ?? NoWork).Where(work => work.Value is null).Select(work => $"work.{work.Key}"))
            .ToList();
        if (names.Count > 0)
        {
            throw new PricesException(
                $"{file} lacks {string.Join(", ", names)}. 'mme cost --show-prices' prints a valid file.");
        }
    }

    private static bool IsMissing(Way? way) => way is not { PerMessage: not null, PerImage: not null };

    private static PricesException Missing(string section, string name) =>
        new($"The price file lacks {section}.{name}. 'mme cost --show-prices' prints a valid file.");
}

/// <summary>The prices can't be used. The message explains why.</summary>
internal sealed class PricesException(string message, Exception? cause = null)
    : CommandException(ExitCodes.Failed, message, cause);

/// <summary>A list price.</summary>
/// <param name="Usd">Price of <paramref name="Per"/> units, in US dollars.</param>
/// <param name="Per">Number of units that the price is for.</param>
/// <param name="Free">Free units per month.</param>
/// <param name="Basis">Whether the price was read at the source or recalled.</param>
internal sealed record Price(
    double Usd, double Per, string Unit, double Free, string Region, string Date, string Basis, string Source);

/// <summary>An amount of work or a choice.</summary>
/// <param name="Basis">One of measured, counted, read, chosen and assumed.</param>
internal sealed record Quantity(double Value, string Unit, string Basis, string Source);

/// <summary>Storage and event operations for each way in which images arrive.</summary>
internal sealed record Operations(string Note, Way Single, Way Batch, Way Archive);

internal sealed record Way(string Images, Counts PerMessage, Counts PerImage);

internal sealed record Counts(double Queue, double Events, double Reads, double Writes);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PriceBook))]
internal sealed partial class PricesJson : JsonSerializerContext;
