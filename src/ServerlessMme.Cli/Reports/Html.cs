using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using ServerlessMme.Core.Failures;

namespace ServerlessMme.Cli.Reports;

/// <summary>
/// A piece of a page, written as an interpolated string: its literal parts are markup, and every value in it is text
/// that is escaped. Only another <see cref="Html"/> stays markup, so no value can become a tag.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct Html(int literalLength, int formattedCount)
{
    private const int MaxText = 400;
    private const int TypicalValue = 16;

    private readonly StringBuilder _text = new(literalLength + (formattedCount * TypicalValue));

    public static Html Empty => $"";

    /// <summary>Joins the pieces.</summary>
    public static Html All(IEnumerable<Html> pieces)
    {
        var all = new Html(0, 0);
        foreach (var piece in pieces)
        {
            all.AppendFormatted(piece);
        }

        return all;
    }

    /// <summary>Markup of the program itself, such as its style sheet. Never a value from outside.</summary>
    public static Html Trusted(string markup)
    {
        var html = new Html(markup.Length, 0);
        html.AppendLiteral(markup);
        return html;
    }

    public void AppendLiteral(string markup) => _text.Append(markup);

    public void AppendFormatted(Html markup) => _text.Append(markup._text);

    /// <summary>Escapes for HTML. Control and direction characters become visible first.</summary>
    public void AppendFormatted(string? text) =>
        _text.Append(HtmlEncoder.Default.Encode(Printable.Text(text, MaxText)));

    public void AppendFormatted(long number) => _text.Append(number.ToString("#,0", CultureInfo.InvariantCulture));

    /// <param name="format">A .NET format for numbers.</param>
    public void AppendFormatted(double number, string format = "0.##") =>
        _text.Append(HtmlEncoder.Default.Encode(number.ToString(format, CultureInfo.InvariantCulture)));

    public override string ToString() => _text.ToString();
}
