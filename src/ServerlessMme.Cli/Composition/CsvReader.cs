using System.Text;

namespace ServerlessMme.Cli.Composition;

/// <summary>
/// Reads the rows of CSV, quoted as in RFC 4180. Time and memory stay bounded even if a large file lacks a closing
/// quote. Microsoft.VisualBasic's TextFieldParser takes quadratic time in this case.
/// </summary>
internal sealed class CsvReader(TextReader reader, char separator)
{
    private const int MaxRow = 1_000_000;
    private const int End = -1;
    private long _nextLine = 1;
    private int _length;

    /// <summary>Number of the line where the last row read begins. The first line is 1.</summary>
    public long Line { get; private set; }

    /// <summary>Returns the cells of the next row, or null at the end. Skips empty lines.</summary>
    /// <exception cref="FormatException">
    /// A quote is not closed, or text follows it, or the row has more than a million characters.
    /// </exception>
    public IReadOnlyList<string>? Read()
    {
        _length = 0;
        while (reader.Peek() is '\r' or '\n')
        {
            Take();
            _length = 0;
        }

        Line = _nextLine;
        if (reader.Peek() == End)
        {
            return null;
        }

        var cells = new List<string> { ReadCell() };
        while (reader.Peek() == separator)
        {
            Take();
            cells.Add(ReadCell());
        }

        return IsCellEnd(reader.Peek()) ? cells : throw new FormatException("Text follows a closing quote.");
    }

    private string ReadCell()
    {
        var cell = new StringBuilder();
        if (reader.Peek() != '"')
        {
            while (!IsCellEnd(reader.Peek()))
            {
                cell.Append(Take());
            }

            return cell.ToString();
        }

        Take();
        while (reader.Peek() != End)
        {
            var next = Take();
            if (next == '"' && reader.Peek() != '"')
            {
                return cell.ToString();
            }

            // A quote within quotes is written twice.
            cell.Append(next == '"' ? Take() : next);
        }

        throw new FormatException("A quote is not closed.");
    }

    private bool IsCellEnd(int next) => next is End or '\r' or '\n' || next == separator;

    private char Take()
    {
        var taken = (char)reader.Read();
        if (taken == '\n' || (taken == '\r' && reader.Peek() != '\n'))
        {
            _nextLine++;
        }

        return ++_length <= MaxRow
            ? taken
            : throw new FormatException($"A row has more than {MaxRow} characters.");
    }
}
