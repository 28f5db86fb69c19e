using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace ServerlessMme.Cli.Cost;

/// <summary>Prices, amounts of work and counts of operations, each with where it comes from: prices.json.</summary>
internal sealed record PriceBook(
    string Note,
    IReadOnlyDictionary<string, Price> Prices,
    IReadOnlyDictionary<string, Quantity> Work,
    Operations Operations)
{
    private const string Resource = "ServerlessMme.Cli.Cost.prices.json";

    /// <summary>The file that comes with the program, as text.</summary>
    public static string BuiltIn()
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>Reads a file of prices.</summary>
    /// <exception cref="PricesException">Something is missing or cannot be; the message says what.</exception>
    public static PriceBook Read(string json)
    {
        try
        {
            var book = JsonSerializer.Deserialize(json, PricesJson.Default.PriceBook)!;
            foreach (var (name, price) in book.Prices)
            {
                if (price.Usd < 0 || price.Free < 0 || price.Per <= 0 || !double.IsFinite(price.Usd))
                {
                    throw new PricesException($"prices.{name} must not be negative, and 'per' must be more than 0.");
                }

                if (price.Date.Length == 0 || price.Source.Length == 0)
                {
                    throw new PricesException($"prices.{name} needs a date and a source.");
                }
            }

            foreach (var (name, quantity) in book.Work)
            {
                if (!(quantity.Value > 0) || !double.IsFinite(quantity.Value))
                {
                    throw new PricesException($"work.{name} is {quantity.Value}, but must be more than 0.");
                }
            }

            return book;
        }
        catch (JsonException exception)
        {
            throw new PricesException($"The prices cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>What an amount costs in US dollars, after what is free.</summary>
    public double Cost(string name, double amount)
    {
        var price = Prices.GetValueOrDefault(name) ?? throw Missing("prices", name);
        return Math.Max(0, amount - price.Free) / price.Per * price.Usd;
    }

    public double this[string work] => (Work.GetValueOrDefault(work) ?? throw Missing("work", work)).Value;

    private static PricesException Missing(string section, string name) =>
        new($"The prices have no {section}.{name}; 'mme cost --show-prices' has every name.");
}

/// <summary>A file of prices that cannot be used.</summary>
internal sealed class PricesException(string message, Exception? cause = null) : IOException(message, cause);

/// <summary>A price.</summary>
/// <param name="Per">So many units cost that.</param>
/// <param name="Free">Units a month that cost nothing.</param>
/// <param name="Basis">How it is known: read in the source, or recalled.</param>
internal sealed record Price(
    double Usd, double Per, string Unit, double Free, string Region, string Date, string Basis, string Source);

/// <summary>An amount of work or a choice.</summary>
/// <param name="Basis">measured, counted, read, chosen or assumed.</param>
internal sealed record Quantity(double Value, string Unit, string Basis, string Source);

/// <summary>Storage and event operations, by how images come.</summary>
internal sealed record Operations(string Note, Way Single, Way Batch, Way Archive);

internal sealed record Way(string Images, Counts PerMessage, Counts PerImage);

internal sealed record Counts(double Queue, double Events, double Reads, double Writes);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, RespectRequiredConstructorParameters = false,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(PriceBook))]
internal sealed partial class PricesJson : JsonSerializerContext;
