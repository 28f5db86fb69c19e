using System.Globalization;
using Microsoft.AspNetCore.Http;
using ServerlessMme.Core.Failures;
using ServerlessMme.Core.Models;
using ServerlessMme.Core.Names;

namespace ServerlessMme.Serving.Console.Http;

/// <summary>Reads a request's path and query. Every invalid value is refused with 400.</summary>
internal static class ConsoleQuery
{
    private const int MaxText = 2048;

    /// <summary>Returns the model that the path names.</summary>
    public static ModelName Model(this HttpContext context, string part = "name") =>
        ModelOf((string?)context.Request.RouteValues[part]);

    public static ModelName ModelOf(string? name) => ModelName.Parse(name).TryGet(out var model, out var refusal)
        ? model
        : throw ConsoleException.Of(refusal);

    /// <summary>
    /// Returns the image that the query names. No URL can turn this name into another blob or container.
    /// </summary>
    public static string Image(this HttpContext context) => ImageOf(context.Request.Query["image"]);

    public static string ImageOf(string? name) =>
        ImageName.Check(name) is { } refusal ? throw ConsoleException.Of(refusal) : name!;

    /// <summary>Returns the parameter's text; null if it is missing or empty.</summary>
    public static string? Text(this HttpContext context, string name)
    {
        var text = context.Request.Query[name].ToString();
        return text.Length > MaxText
            ? throw ConsoleException.Invalid(
                $"The parameter '{name}' has {text.Length} characters; at most {MaxText} are allowed.")
            : text.Length > 0 ? text : null;
    }

    public static string Required(this HttpContext context, string name) =>
        context.Text(name) ?? throw ConsoleException.Invalid($"The parameter '{name}' is missing.");

    public static bool Flag(this HttpContext context, string name) => context.Text(name) switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw ConsoleException.Invalid(
            $"The parameter '{name}' is '{Printable.Text(other)}', but must be true or false."),
    };

    public static int Number(this HttpContext context, string name, int standard, int min, int max)
    {
        var text = context.Text(name);
        return text is null ? standard
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number >= min && number <= max ? number
            : throw ConsoleException.Invalid(
                $"The parameter '{name}' is '{Printable.Text(text)}', but must be a whole number from {min} to {max}.");
    }

    public static double? Share(this HttpContext context, string name)
    {
        var text = context.Text(name);
        return text is null ? null
            : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                && double.IsFinite(number) ? number
            : throw ConsoleException.Invalid(
                $"The parameter '{name}' is '{Printable.Text(text)}', but must be a number.");
    }

    public static DateTimeOffset? Time(this HttpContext context, string name)
    {
        var text = context.Text(name);
        return text is null ? null
            : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
                ? time
            : throw ConsoleException.Invalid(
                $"The parameter '{name}' is '{Printable.Text(text)}', but must be a time such as "
                + "2026-11-24T00:00:00Z.");
    }
}
